"""The decision points that promotions open to rules: lines, the order, shipping."""

from __future__ import annotations

from shared_kernel.decisions import DecisionPoint, Effect, Fact, Price, Take, open_point

CUSTOMER = {
    "id": Fact("string?", "the shop's own id", label="number"),
    "tier": Fact("string?", "such as gold", epithet=True),
    "segments": Fact("list(string)", "the segments the customer is in"),
    "tags": Fact("list(string)", "free labels"),
    "country": Fact("string?", "ISO 3166-1 alpha-2"),
    "attributes": Fact("map(string, dyn)", "the tenant's own facts"),
}
LINE = {
    "id": Fact("string", "the line's id in this cart", label="id"),
    "sku": Fact("string", "stock keeping unit", label="SKU"),
    "product": Fact("string?", "the product that the SKU is a variant of"),
    "category": Fact("string", "category path, such as Garden/Tools"),
    "brand": Fact("string?", "brand"),
    "quantity": Fact("int", "units", least="1"),
    "unit_price": Fact(
        "decimal", "price of one unit, in the cart's currency", unit="money", least="0"
    ),
    "total": Fact(
        "decimal", "unit price times quantity, before discounts", unit="money", least="0"
    ),
    "attributes": Fact("map(string, dyn)", "the tenant's own facts"),
}
CART = {
    "currency": Fact("string", "ISO 4217", unit="currency"),
    "channel": Fact("string", "such as web or store"),
    "subtotal": Fact("decimal", "sum of the lines before discounts", unit="money", least="0"),
    "remaining": Fact(
        "decimal",
        "sum of the lines after the discounts so far",
        label="subtotal after the discounts so far",
        unit="money",
        least="0",
    ),
    "quantity": Fact("int", "units of all lines", label="number of units", least="0"),
    "coupons": Fact("list(string)", "codes presented", label="coupon codes"),
}
SHIPPING = {
    "method": Fact("string", "such as standard"),
    "price": Fact("decimal", "before discounts", unit="money", least="0"),
    "country": Fact("string?", "where to, ISO 3166-1 alpha-2"),
    "postcode": Fact("string?", "where to"),
}
RECORDS = {"customer": CUSTOMER, "line": LINE, "cart": CART, "shipping": SHIPPING}
COMMON = {
    "cart": Fact("cart", "the whole cart"),
    "lines": Fact("list(line)", "all lines of the cart", one="line in the cart"),
    "customer": Fact("customer?", "who buys, if known", plural="customers"),
    "shipping": Fact("shipping?", "how it is shipped, if known", label="shipment"),
    "at": Fact("timestamp", "when the price is asked for", label="time of the order"),
}
PERCENT = Fact("decimal", "percent, 0 to 100", unit="%")
AMOUNT = Fact("decimal", "amount in the cart's currency", unit="money")
OFF_PERCENT, OFF_AMOUNT = Take(percent="percent"), Take(amount="amount")

SAMPLE_LINE = {
    "id": "1",
    "sku": "GARDEN-HOSE-20",
    "category": "Garden/Watering",
    "quantity": 3,
    "unit_price": "19.90",
    "total": "59.70",
    "attributes": {},
}
SAMPLE = {
    "cart": {
        "currency": "EUR",
        "channel": "web",
        "subtotal": "59.70",
        "remaining": "59.70",
        "quantity": 3,
        "coupons": [],
    },
    "lines": [SAMPLE_LINE],
    "customer": {"tier": "gold", "segments": [], "tags": [], "country": "DE", "attributes": {}},
    "at": "2026-01-15T12:00:00+00:00",
}

LINE_DISCOUNTS = open_point(
    DecisionPoint(
        name="promotions.line-discounts",
        title="Discounts on a line",
        about="Asked for every line of a cart; every rule that matches applies, in turn, to what remains of the line.",
        records=RECORDS,
        facts={"line": Fact("line", "the line in question"), **COMMON},
        effects=(
            Effect(
                "percent_off_line",
                "take a percentage off the line",
                {"percent": PERCENT},
                says="{percent} off {line}",
            ),
            Effect(
                "amount_off_unit",
                "take an amount off every unit",
                {"amount": AMOUNT},
                says="{amount} off every unit of {line}",
            ),
            Effect(
                "amount_off_line",
                "take an amount off the line",
                {"amount": AMOUNT},
                says="{amount} off {line}",
            ),
        ),
        hit_policy="collect",
        sample={"line": SAMPLE_LINE, **SAMPLE},
        price=Price(
            start="line.total",
            takes={
                "percent_off_line": OFF_PERCENT,
                "amount_off_unit": Take(amount="amount", times="line.quantity"),
                "amount_off_line": OFF_AMOUNT,
            },
            assuming="line.quantity >= 1",
            label="the line's total",
        ),
    )
)
ORDER_DISCOUNTS = open_point(
    DecisionPoint(
        name="promotions.order-discounts",
        title="Discounts on the order",
        about="Asked once a cart, after its lines; what is taken off is allocated to the lines.",
        records=RECORDS,
        facts=COMMON,
        effects=(
            Effect(
                "percent_off_order",
                "take a percentage off what remains",
                {"percent": PERCENT},
                says="{percent} off the order",
            ),
            Effect(
                "amount_off_order",
                "take an amount off what remains",
                {"amount": AMOUNT},
                says="{amount} off the order",
            ),
        ),
        hit_policy="collect",
        sample=SAMPLE,
        price=Price(
            start="cart.remaining",
            takes={"percent_off_order": OFF_PERCENT, "amount_off_order": OFF_AMOUNT},
            assuming="cart.subtotal >= cart.remaining",
            label="the subtotal after line discounts",
        ),
    )
)
SHIPPING_DISCOUNTS = open_point(
    DecisionPoint(
        name="promotions.shipping-discounts",
        title="Discounts on shipping",
        about="Asked once a cart that is shipped; the matching rule of the highest priority applies.",
        records=RECORDS,
        facts={**COMMON, "shipping": Fact("shipping", "how it is shipped", label="shipment")},
        effects=(
            Effect(
                "percent_off_shipping",
                "take a percentage off shipping",
                {"percent": PERCENT},
                says="{percent} off shipping",
            ),
            Effect(
                "amount_off_shipping",
                "take an amount off shipping",
                {"amount": AMOUNT},
                says="{amount} off shipping",
            ),
        ),
        hit_policy="priority",
        sample={**SAMPLE, "shipping": {"method": "standard", "price": "4.90", "country": "DE"}},
        price=Price(
            start="shipping.price",
            takes={"percent_off_shipping": OFF_PERCENT, "amount_off_shipping": OFF_AMOUNT},
            label="the shipping price",
        ),
    )
)
