"""The bureau's maps: one function for each name, from frames in EPSG:4326 to a sheet."""

from maps.sheets.closure import closure as closure
from maps.sheets.frequency import frequency as frequency
from maps.sheets.hotspots import hotspots as hotspots
from maps.sheets.incidents import incidents as incidents
from maps.sheets.partition import partition as partition
from maps.sheets.reach import reach as reach
from maps.sheets.squads import squads as squads
