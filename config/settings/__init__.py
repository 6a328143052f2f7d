"""Every setting, one small file per concern; `environment` lists what may be set from outside."""

from config.settings.acts import *  # noqa: F403
from config.settings.admin import *  # noqa: F403
from config.settings.api import *  # noqa: F403
from config.settings.apps import *  # noqa: F403
from config.settings.audit import *  # noqa: F403
from config.settings.bus import *  # noqa: F403
from config.settings.cache import *  # noqa: F403
from config.settings.database import *  # noqa: F403
from config.settings.environment import *  # noqa: F403
from config.settings.locale import *  # noqa: F403
from config.settings.observability import *  # noqa: F403
from config.settings.outbound import *  # noqa: F403
from config.settings.rules import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.tasks import *  # noqa: F403
from config.settings.topology import *  # noqa: F403
