"""What requests to model servers take: tokens, their price, and the time that a server asks to wait. Knows no server.

``usage.py`` has the values, ``meter.py`` counts for one run and model, ``prices.py`` reads what tokens cost.
"""
