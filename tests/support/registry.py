"""Windows' registry as the seat reads it: keys below HKEY_LOCAL_MACHINE with their values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Registry:
    """What a test puts here is there; an OSError in a key's place is what reading it raises."""

    keys: dict[str, Mapping[str, object] | OSError] = field(default_factory=dict)

    def values_of(self, key: str) -> dict[str, object]:
        """The values of a key, as `machine.values_of` gives them."""
        found = self.keys.get(key, {})
        if isinstance(found, OSError):
            raise found
        return dict(found)
