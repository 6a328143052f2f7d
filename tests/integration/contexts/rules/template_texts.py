"""A template as the tests write it: so many per cent for customers of a tier, in a category."""

from shared_kernel.decisions import EffectText, RuleText, TemplateParameter, TemplateText

LINES = "promotions.line-discounts"


def template_text(**more) -> TemplateText:
    rule = RuleText(
        rule_id="", version=0, name="{percent} % for {tier}", reason="{percent} % off",
        condition=more.pop(
            "condition", "customer.tier == tier && line.category.startsWith(category)"
        ),
        effects=(EffectText("percent_off_line", {"percent": "percent"}),),
    )  # fmt: skip
    parameters = more.pop(
        "parameters",
        (
            TemplateParameter("percent", "percent", "Percentage", least="1", most="30"),
            TemplateParameter("tier", "choice", "Tier", choices=("gold", "silver")),
            TemplateParameter("category", "text", "Category", default="Garden"),
        ),
    )
    name = more.pop("name", "Percentage for a tier")
    return TemplateText(name=name, about="For loyal customers", parameters=parameters, rule=rule)
