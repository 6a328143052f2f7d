from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "contexts.identity"
    verbose_name = "Identity"

    def ready(self) -> None:
        from django.contrib.auth.models import update_last_login
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from contexts.identity import backends, handlers  # noqa: F401

        # Django's own receiver writes without a tenant in scope, which the fence turns into an error
        user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")
        user_logged_in.connect(backends.note_sign_in, dispatch_uid="note_sign_in")
        user_logged_out.connect(backends.note_sign_out, dispatch_uid="note_sign_out")
