"""Somebody who reports, and where."""

from layers.reporters.rules import Contact

PHONE, EMAIL = "13800001111", "li.si@example.cn"
LI = Contact("李四", PHONE, EMAIL, "柳河路 8 号 302")
WEST_PLACE, EAST_PLACE = (119.905, 29.705), (119.915, 29.715)
