"""What staff see of the door and what wants their hand, in RAM: `desk` is what the loop tells and pages show, `ring`
the last visits, `alerts` the rule by which a state becomes something to do. Who they are is in kiosk.web.safety.
"""
