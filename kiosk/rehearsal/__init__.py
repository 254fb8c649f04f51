"""Made-up visitors, what they hold up, and the hand that holds it before a simulated camera."""
