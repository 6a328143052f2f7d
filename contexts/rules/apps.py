from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "contexts.rules"
    verbose_name = "Rules"
