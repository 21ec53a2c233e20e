"""Short Chinese descriptions of cases, as patrols and callers write them."""

from itertools import product

import numpy as np
import numpy.typing as npt

WHAT = {
    "S01": (
        "流动摊贩占道经营",
        "水果摊占用人行道",
        "早餐车占道摆卖",
        "店外经营占用盲道",
        "多个烧烤摊占道",
    ),
    "S02": ("路边暴露垃圾", "绿化带内有生活垃圾", "空地堆积垃圾", "墙角散落垃圾袋"),
    "S03": ("装修垃圾无人清理", "偷倒建筑垃圾", "路边堆放砖块水泥", "渣土未覆盖"),
    "S04": ("车辆停在人行道上", "货车违停堵住路口", "消防通道被车辆占用", "学校门口车辆乱停"),
    "S05": ("楼顶加盖彩钢房", "院内搭建棚屋", "沿街搭建雨棚", "在建房屋无审批"),
    "S06": ("井盖破裂", "井盖缺失", "井盖下沉有响声", "雨水箅子损坏"),
    "S07": ("树木被砍", "草坪被踩踏开垦种菜", "行道树倒伏", "绿篱缺株"),
    "S08": ("广场舞音响声大", "夜间施工噪声", "商铺喇叭叫卖", "装修敲打声不断"),
    "S09": ("墙面小广告", "电线杆张贴广告", "违规横幅", "灯箱未经审批"),
    "S10": ("河面漂浮垃圾", "河岸倾倒垃圾", "桥下堆积杂物", "河边有塑料袋漂浮"),
    "S11": ("路面坑洼", "人行道地砖松动", "路面塌陷", "侧石破损"),
    "S12": ("路灯不亮", "路灯闪烁", "整排路灯熄灭", "灯杆倾斜"),
    "S13": ("饭店油烟直排", "烧烤店油烟大", "油烟管道对着居民楼", "厨房异味严重"),
    "S14": ("垃圾箱满溢", "果皮箱未清运", "垃圾桶倒在路边", "分类桶溢出有异味"),
}
HOW = ("", "，影响通行", "，已有数日", "，反复出现", "，请尽快处理", "，现场较乱", "，存在安全隐患")
WHO = ("巡查发现", "居民上报", "来电反映", "热线反映", "平台转办", "媒体反映", "监控发现")


def phrases() -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """All descriptions as (sources, phrases), and where each matter's phrases begin."""
    said = [[what + how for what, how in product(kinds, HOW)] for kinds in WHAT.values()]
    start = np.cumsum([0, *map(len, said)])
    flat = [phrase for kinds in said for phrase in kinds]
    return np.array([[f"{who}：{p}" for p in flat] for who in WHO], dtype=object), start


def descriptions(
    rng: np.random.Generator, matter: npt.NDArray[np.int64], source: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    text, start = phrases()
    return text[source, rng.integers(start[matter], start[matter + 1])]
