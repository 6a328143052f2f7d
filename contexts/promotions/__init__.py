"""
Discounts: what approved rules take off lines, orders and shipping.

Words: *adjustment* (one discount on one line or on shipping, with the rule, its version and its reason), *allocation*
(an order discount spread over the lines by largest remainder, so that the parts always sum to the whole).
Lines come first, then the order on what remains, then shipping; nothing is ever priced below zero.
"""
