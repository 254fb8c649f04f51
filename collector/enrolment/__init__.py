"""Where new kiosks join and certificates are renewed: the only room that signs certificates of kiosks at run time.

It runs in a process of its own, with the key for enrolments and the right to let in and shut out at the broker, and
without any key that opens what kiosks send.
"""
