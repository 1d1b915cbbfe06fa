"""The port in examples/ported/pynanoflann: nearest neighbours by nanoflann, compared with numpy."""

import pickle
from pathlib import Path

import pytest
from example import import_example

np = pytest.importorskip("numpy")
pynanoflann = import_example("pynanoflann", "Debian: libnanoflann-dev")

RANDOM = np.random.default_rng(1)


def distances(queries, points, metric: str):
    """All of them, the plain way."""
    apart = np.abs(queries[:, None].astype(float) - points[None].astype(float))
    return apart.sum(2) if metric == "l1" else np.sqrt((apart**2).sum(2))


def cloud(n: int, dimensions: int, dtype: str = "float64"):
    return RANDOM.random((n, dimensions)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("metric", ["l1", "l2"])
@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
@pytest.mark.parametrize("jobs", [1, 3])
def test_neighbours_are_the_nearest(dtype: str, metric: str, dimensions: int, jobs: int) -> None:
    points, queries = cloud(200, dimensions, dtype), cloud(20, dimensions, dtype)
    tree = pynanoflann.KDTree(n_neighbors=4, metric=metric, radius=0.2)
    tree.fit(points)
    found, places = tree.kneighbors(queries, n_jobs=jobs)
    every = distances(queries, points, metric)
    assert (found.dtype, found.shape, places.shape) == (dtype, (20, 4), (20, 4))
    np.testing.assert_allclose(found, np.sort(every, axis=1)[:, :4], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        found, np.take_along_axis(every, places.astype(int), 1), rtol=1e-4, atol=1e-6
    )
    near, where = tree.radius_neighbors(queries, n_jobs=jobs)
    for row, (some, at) in enumerate(zip(near, where, strict=True)):
        clear = np.abs(every[row] - 0.2) > 1e-5  # not at the edge
        inside = set(np.flatnonzero((every[row] < 0.2) & clear))
        assert inside == set(at[clear[at]])
        np.testing.assert_allclose(some, every[row][at], rtol=1e-4, atol=1e-6)
    alone = tree.radius_neighbors(queries, radius=0.2, return_distance=False)
    assert [list(a) for a in alone] == [list(a) for a in where]


def test_arrays_of_any_layout() -> None:
    points = cloud(50, 3)
    tree, other = pynanoflann.KDTree(), pynanoflann.KDTree()
    tree.fit(points)
    other.fit(np.asfortranarray(points))
    wide = np.zeros((50, 6))
    wide[:, ::2] = points
    for same in (np.asfortranarray(points), wide[:, ::2]):
        for a, b in zip(tree.kneighbors(points), other.kneighbors(same), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_points_stay() -> None:
    tree = pynanoflann.KDTree(n_neighbors=1)
    tree.fit(cloud(1000, 2))  # nobody else holds the array
    kept = tree.get_data()
    found, places = tree.kneighbors(kept)
    assert not found.any()
    assert list(places[:, 0]) == list(range(1000))
    assert tree.get_data(copy=False) is tree.get_data(copy=False)
    assert tree.get_data() is not tree.get_data()


def test_saved_and_pickled(tmp_path: Path) -> None:
    points, queries = cloud(100, 3), cloud(7, 3)
    tree = pynanoflann.KDTree(3, 0.5, 20, "L1")
    tree.fit(points)
    expected = tree.kneighbors(queries)
    assert tree.save_index(tmp_path / "index") == 0
    read = pynanoflann.KDTree(3, metric="l1")
    read.fit(points, index_path=tmp_path / "index")
    again = pickle.loads(pickle.dumps(tree))
    assert (again.n_neighbors, again.radius, again.leaf_size, again.metric) == (3, 0.5, 20, "l1")
    for one in (read, again):
        for a, b in zip(one.kneighbors(queries), expected, strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(FileNotFoundError):
        read.fit(points, tmp_path / "none")
    with pytest.raises(ValueError, match="call fit"):
        pickle.loads(pickle.dumps(pynanoflann.KDTree())).kneighbors(queries)


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_batches(jobs: int, dtype: str) -> None:
    points = [cloud(n, 3, dtype) for n in (10, 50, 30)]
    queries = [cloud(n, 3, dtype) for n in (5, 1, 8)]
    found, places = pynanoflann.batched_kneighbors(points, queries, n_neighbors=2, n_jobs=jobs)
    for p, q, d, i in zip(points, queries, found, places, strict=True):
        tree = pynanoflann.KDTree(2)
        tree.fit(p)
        one, other = tree.kneighbors(q)
        np.testing.assert_array_equal(d, one)
        np.testing.assert_array_equal(i, other)
    assert pynanoflann.batched_kneighbors([], []) == ([], [])


def test_what_does_not_fit() -> None:
    tree = pynanoflann.KDTree()
    with pytest.raises(ValueError, match="call fit"):
        tree.kneighbors(cloud(1, 2))
    tree.fit(cloud(10, 2))
    for wrong, text in (
        (cloud(1, 3), "3 columns"),
        (cloud(1, 2, "float32"), "both be float32"),
        (np.zeros((2, 2), int), "float32 or float64"),
        (np.zeros(2), "two dimensions, not 1"),
    ):
        with pytest.raises(ValueError, match=text):
            tree.kneighbors(wrong)
    with pytest.raises(ValueError, match="fewer points"):
        tree.kneighbors(cloud(1, 2), n_neighbors=11)
    with pytest.raises(ValueError, match="'l1' or 'l2', not 'cosine'"):
        pynanoflann.KDTree(metric="cosine")
    with pytest.raises(ValueError, match="as many items"):
        pynanoflann.batched_kneighbors([cloud(9, 2)], [])
    with pytest.raises(ValueError, match="must all be float32 or all float64"):
        pynanoflann.batched_kneighbors([cloud(9, 2)], [cloud(9, 2, "float32")])
    with pytest.raises(ValueError, match="batch 0"):
        pynanoflann.batched_kneighbors([cloud(3, 2)], [cloud(9, 2)])
