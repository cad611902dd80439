"""ResultCache: bounded by size, the results used longest ago go first."""

from aewidgets.widgets.base.cache import ResultCache


def test_it_drops_the_results_used_longest_ago():
    cache: ResultCache[str, str] = ResultCache(len, most=6)
    for key in "abc":
        cache.put(key, key * 2)
    assert cache.get("a") == "aa"
    cache.put("d", "dd")
    assert [key for key, _ in cache.items()] == ["c", "a", "d"]
    assert "b" not in cache
    assert cache.get("b") is None


def test_a_result_put_again_takes_the_place_of_the_first():
    cache: ResultCache[str, str] = ResultCache(len, most=10)
    cache.put("a", "first")
    cache.put("a", "last")
    assert (len(cache), cache.get("a")) == (1, "last")


def test_the_fewest_are_kept_however_large_they_are():
    cache: ResultCache[int, str] = ResultCache(len, most=1, fewest=2)
    for key in range(3):
        cache.put(key, "large")
    assert [key for key, _ in cache.items()] == [1, 2]
