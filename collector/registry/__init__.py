"""Who answers for what, where: organisations, venues, the kiosks at their doors, posters and enrolment codes.

No visit and no visitor is known here. The only persons named are those responsible for a venue.
"""
