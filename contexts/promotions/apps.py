from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "contexts.promotions"
    verbose_name = "Promotions"

    def ready(self) -> None:
        from contexts.promotions import handlers  # noqa: F401
