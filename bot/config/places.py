"""The cities of the carrier's countries, for figures and maps."""

from ..locate.build import load_cities
from ..locate.gazetteer import Gazetteer
from .load import shipped
from .settings import Settings


def load_cities_of(settings: Settings) -> Gazetteer:
    """Cities alone; all places where some of one's own were imported. Raises ConfigError, GazetteerError."""
    folders = [shipped("places", country) for country in settings.carrier.countries]
    if settings.places.imported or not all(folder.is_dir() for folder in folders):
        from .judge import load_gazetteer_of  # a third of a second that figures alone can do without

        return load_gazetteer_of(settings)
    return load_cities(*folders)
