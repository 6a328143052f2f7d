"""The sample shop: its people, its rules on their way to the customer, its carts and their receipts."""
