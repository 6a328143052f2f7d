"""The table in a form, read into what rules speak of."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contexts.rules.policies.written_tables import WrittenTable
from shared_kernel.api.bodies import invalid_from
from shared_kernel.decisions import TableText
from shared_kernel.errors import Invalid


def table_in(posted: Mapping[str, str]) -> TableText | msgspec.UnsetType:
    """
    The table that a form holds, or that it holds none.

    Raises:
        Invalid: it is not one.

    """
    written = posted.get("table", "")
    if not written:
        return msgspec.UNSET
    try:
        return msgspec.json.decode(written, type=WrittenTable).text
    except msgspec.ValidationError as fault:
        raise invalid_from(fault) from fault
    except msgspec.DecodeError as fault:
        raise Invalid(reason=f"The table is not JSON: {fault}.") from fault
