"""Invented names. They are put together from single characters at random, so a likeness to a
real place is chance."""

import numpy as np

FIRST = (
    "青白金石云龙凤竹梅松柳桂枫溪江沙湖东南西北上下前后大双永安宁和长新古高清"
    "玉银紫丹鹤鹿马牛羊虎鸡燕莲菱芦茶桑麻稻麦葛杏桃李杨樟柏"
)
LAST = "溪桥塘岭坞坑湾浦埠渡洲墩坪峰岩泉源潭堰湖山田庄店口头冈岗坂圩汇塔亭"
STREET_FIRST = "文武德仁义礼信明学兴业建设和平胜利光华振安康乐春夏秋冬晨霞星月虹彩锦绣盛昌隆富民惠"
STREET_LAST = "化兴华成源达阳宁丰泰安康庆远荣苑秀景"
NUMERALS = "一二三四五六七八九十"


def place_names(rng: np.random.Generator, count: int) -> list[str]:
    """Different two-character names for townships, communities and villages."""
    return _pairs(rng, FIRST, LAST, count)


def street_names(rng: np.random.Generator, count: int) -> list[str]:
    """Different two-character names for streets, without 路 or 街; repeated only when used up."""
    return _pairs(rng, STREET_FIRST, STREET_LAST, count)


def _pairs(rng: np.random.Generator, first: str, last: str, count: int) -> list[str]:
    pairs = sorted({a + b for a in first for b in last if a != b})
    order = rng.permutation(len(pairs))
    return [pairs[order[k % len(pairs)]] for k in range(count)]
