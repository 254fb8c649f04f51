"""The pages: the visitor's screen with its form, and the bench page of a simulated kiosk. Flask stays in here.

The loop speaks to the pages through `feed`, the pages to the loop through `ports`.
"""
