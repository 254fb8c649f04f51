"""What has happened at all doors, each event once, whatever came twice, late or out of order."""
