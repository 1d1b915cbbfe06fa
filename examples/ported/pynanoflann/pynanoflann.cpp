// pynanoflann: nearest neighbours by nanoflann. The classes of the project of that name
// (https://github.com/u1234x1234/pynanoflann), bound anew.

#include "kd_tree.hpp"

#include <interlock/interlock.hpp>

#include <filesystem>
#include <optional>
#include <variant>

namespace il = interlock;

template <>
struct il::converter<kd::metric> {
    static constexpr const char* python_type = "str";
    static std::optional<kd::metric> from_python(const il::object& value) {
        if (!il::isinstance<il::str>(value)) {
            return std::nullopt;
        }
        const auto name = value.as<il::str>().lower().to_string();
        if (name != "l1" && name != "l2") {
            throw il::value_error("metric must be 'l1' or 'l2', not '" + name + "'");
        }
        return name == "l1" ? kd::metric::l1 : kd::metric::l2;
    }
    static il::object to_python(il::python py, kd::metric m) {
        return py.make(m == kd::metric::l1 ? "l1" : "l2");
    }
};

namespace {

// Points of an array of numpy's, which are read where they lie, attached or not. They stay there as long as this lives.
template <class T>
struct array_of {
    il::buffer<const T> held;
    kd::points<T> points() const {
        const auto shape = held.shape();
        return {held.data(), static_cast<std::size_t>(shape[0]),
                static_cast<std::size_t>(shape[1])};
    }
};
using array = std::variant<array_of<float>, array_of<double>>;

array array_from(const il::object& given, const char* what) {
    const il::object in_rows = given.py().import("numpy").attr("ascontiguousarray")(given);
    auto held = in_rows.try_as<std::variant<il::buffer<const float>, il::buffer<const double>>>();
    if (!held.has_value()) {
        throw il::value_error(std::string(what) + " must be an array of float32 or float64");
    }
    return std::visit(
        [&](auto& b) -> array {
            if (b.dimensions() != 2) {
                throw il::value_error(std::string(what) + " must have two dimensions, not " +
                                      std::to_string(b.dimensions()));
            }
            return array_of<typename std::remove_reference_t<decltype(b)>::value_type>{
                std::move(b)};
        },
        *held);
}

// An array of numpy's that is to be filled.
template <class T>
std::pair<il::object, il::buffer<T>> new_array(il::python py, std::size_t rows,
                                               std::size_t columns) {
    constexpr const char* name = std::is_same_v<T, float>    ? "float32"
                                 : std::is_same_v<T, double> ? "float64"
                                                             : "uintp";
    il::object made = py.import("numpy").attr("empty")(il::tuple::of(py, rows, columns), name);
    return {made, made.as<il::buffer<T>>()};
}

// What fit() makes, never changed afterwards: who searches keeps what he began with.
template <class T>
struct fitted {
    array_of<T> data;
    std::unique_ptr<kd::tree<T>> tree;

    fitted(array_of<T> of, kd::metric by, std::size_t leaf_size, const std::filesystem::path& saved)
        : data(std::move(of)) {
        if (saved.empty()) {
            tree = kd::make_tree(data.points(), by, leaf_size, nullptr);
            return;
        }
        std::ifstream file(saved, std::ios::binary);
        if (!file) {
            throw std::filesystem::filesystem_error(
                "cannot read the index", saved,
                std::make_error_code(std::errc::no_such_file_or_directory));
        }
        tree = kd::make_tree(data.points(), by, leaf_size, &file);
    }
};
template <class T>
using fitted_ptr = std::shared_ptr<const fitted<T>>;
using state = std::variant<std::monostate, fitted_ptr<float>, fitted_ptr<double>>;

class kd_tree {
    static il::value_error not_fitted() {
        return il::value_error("this KDTree has no points yet: call fit() before");
    }

    // f(what was fitted, the queries), both of one type.
    template <class F>
    auto search(const il::object& queries, const F& f) const {
        return std::visit(
            [&]<class S, class T>(const S& in,
                                  const array_of<T>& asked) -> decltype(f(fitted_ptr<T>(), asked)) {
                if constexpr (std::is_same_v<S, fitted_ptr<T>>) {
                    if (asked.points().dimensions != in->data.points().dimensions) {
                        throw il::value_error("X has " + std::to_string(asked.points().dimensions) +
                                              " columns, the points of fit() have " +
                                              std::to_string(in->data.points().dimensions));
                    }
                    return f(in, asked);
                } else if constexpr (std::is_same_v<S, std::monostate>) {
                    throw not_fitted();
                } else {
                    throw il::value_error(
                        "X and the points of fit() must both be float32 or both float64");
                }
            },
            state(state_), array_from(queries, "X"));
    }

public:
    kd_tree(std::size_t n, double r, std::size_t leaf, kd::metric m)
        : n_neighbors(n), radius(r), leaf_size(leaf), metric(m) {}

    void fit(il::python py, const il::object& points,
             const std::optional<std::filesystem::path>& index_path) {
        state_ = std::visit(
            [&]<class T>(array_of<T>& a) -> state {
                return py.allow_threads(
                    [](array_of<T>& data, kd::metric by, std::size_t leaf,
                       const std::filesystem::path& path) -> fitted_ptr<T> {
                        return std::make_shared<const fitted<T>>(std::move(data), by, leaf, path);
                    },
                    a, metric, leaf_size, index_path.value_or(""));
            },
            as_lvalue(array_from(points, "X")));
    }

    il::tuple kneighbors(il::python py, const il::object& queries, std::optional<std::size_t> count,
                         std::size_t jobs) const {
        const std::size_t n = count.value_or(n_neighbors);
        return search(queries, [&]<class T>(const fitted_ptr<T>& in, const array_of<T>& asked) {
            if (n > in->data.points().count) {
                throw il::value_error("there are fewer points than n_neighbors, which is " +
                                      std::to_string(n));
            }
            auto [distances, d] = new_array<T>(py, asked.points().count, n);
            auto [indices, i] = new_array<std::size_t>(py, asked.points().count, n);
            py.allow_threads(&kd::nearest_of_all<T>, *in->tree, asked.points(), n, metric, jobs,
                             i.span(), d.span());
            return il::tuple::of(py, distances, indices);
        });
    }

    il::object radius_neighbors(il::python py, const il::object& queries, std::optional<double> r,
                                bool with_distances, std::size_t jobs) const {
        return search(
            queries, [&]<class T>(const fitted_ptr<T>& in, const array_of<T>& asked) -> il::object {
                const auto all = py.allow_threads(&kd::within_of_all<T>, *in->tree, asked.points(),
                                                  static_cast<T>(r.value_or(radius)), metric, jobs);
                const il::object empty = py.import("numpy").attr("empty");
                il::list distances = il::list::make(py);
                il::list indices = il::list::make(py);
                for (const kd::found<T>& row : all) {
                    const il::object d =
                        empty(row.size(), std::is_same_v<T, float> ? "float32" : "float64");
                    const il::object i = empty(row.size(), "int64");
                    const auto to = d.as<il::buffer<T>>();
                    const auto at = i.as<il::buffer<std::int64_t>>();
                    for (std::size_t k = 0; k < row.size(); ++k) {
                        at[k] = static_cast<std::int64_t>(row[k].first);
                        to[k] = row[k].second;
                    }
                    distances.append(d);
                    indices.append(i);
                }
                return with_distances ? il::object(il::tuple::of(py, distances, indices)) : indices;
            });
    }

    il::object data(il::python py, bool copy) const {
        return std::visit(
            [&]<class S>(const S& s) -> il::object {
                if constexpr (std::is_same_v<S, std::monostate>) {
                    throw not_fitted();
                } else {
                    const il::object kept = s->data.held.exporter(py);
                    return copy ? kept.call_method("copy") : kept;
                }
            },
            state_);
    }
    int save_index(const std::filesystem::path& path) const {
        std::visit(
            [&]<class S>(const S& s) {
                if constexpr (std::is_same_v<S, std::monostate>) {
                    throw not_fitted();
                } else {
                    std::ofstream file(path, std::ios::binary);
                    s->tree->save(file);
                    if (!file.flush()) {
                        throw std::filesystem::filesystem_error(
                            "cannot write the index", path,
                            std::make_error_code(std::errc::io_error));
                    }
                }
            },
            state_);
        return 0;
    }
    bool is_fitted() const noexcept { return state_.index() != 0; }

    std::size_t n_neighbors;
    double radius;
    std::size_t leaf_size;
    kd::metric metric;

private:
    template <class T>
    static T& as_lvalue(T&& value) {
        return value;
    }

    state state_;
};

template <class Points>
using pickled = std::tuple<std::size_t, double, std::size_t, kd::metric, Points>;
pickled<il::owned<il::object>> get_state(const kd_tree& t) {
    return {t.n_neighbors, t.radius, t.leaf_size, t.metric, il::with_gil([&](il::python py) {
                return (t.is_fitted() ? t.data(py, false) : py.none()).unbind();
            })};
}
kd_tree set_state(const pickled<il::object>& s) {
    const auto& [n, radius, leaf, metric, points] = s;
    kd_tree made(n, radius, leaf, metric);
    if (!points.is_none()) {
        made.fit(points.py(), points, std::nullopt);
    }
    return made;
}

// Many small trees, each for the queries of its own: a thread takes a tree after the other.
template <class T>
il::tuple batched(il::python py, std::vector<array_of<T>> trees, std::vector<array_of<T>> queries,
                  std::size_t n, kd::metric by, std::size_t leaf, std::size_t jobs) {
    il::list distances = il::list::make(py);
    il::list indices = il::list::make(py);
    std::vector<il::buffer<T>> d;
    std::vector<il::buffer<std::size_t>> i;
    for (std::size_t k = 0; k < trees.size(); ++k) {
        const auto of = trees[k].points();
        const auto asked = queries[k].points();
        if (of.count < n || of.dimensions != asked.dimensions) {
            throw il::value_error("batch " + std::to_string(k) +
                                  ": too few points, or another number of columns in X_query");
        }
        auto [one, room] = new_array<T>(py, asked.count, n);
        auto [other, places] = new_array<std::size_t>(py, asked.count, n);
        distances.append(one);
        indices.append(other);
        d.push_back(std::move(room));
        i.push_back(std::move(places));
    }
    py.allow_threads(
        [](const auto& of, const auto& asked, auto& to, auto& at, std::size_t count, kd::metric m,
           std::size_t size, std::size_t threads) {
            kd::spread(of.size(), threads, [&](std::size_t k) {
                const auto tree = kd::make_tree(of[k].points(), m, size, nullptr);
                kd::nearest_of_all(*tree, asked[k].points(), count, m, 1, at[k].span(),
                                   to[k].span());
            });
        },
        trees, queries, d, i, n, by, leaf, jobs);
    return il::tuple::of(py, distances, indices);
}

il::tuple batched_kneighbors(il::python py, const il::sequence& trees, const il::sequence& queries,
                             std::size_t n, kd::metric by, std::size_t leaf, std::size_t jobs) {
    if (il::len(trees) != il::len(queries)) {
        throw il::value_error("X_index and X_query must have as many items");
    }
    std::vector<array_of<float>> trees32, queries32;
    std::vector<array_of<double>> trees64, queries64;
    const auto keep = [](array a, auto& single, auto& twice) {
        if (auto* one = std::get_if<array_of<float>>(&a)) {
            single.push_back(std::move(*one));
        } else {
            twice.push_back(std::move(std::get<array_of<double>>(a)));
        }
    };
    for (const il::object& one : trees) {
        keep(array_from(one, "X_index"), trees32, trees64);
    }
    for (const il::object& one : queries) {
        keep(array_from(one, "X_query"), queries32, queries64);
    }
    if ((!trees32.empty() && !trees64.empty()) || trees32.size() != queries32.size()) {
        throw il::value_error("the arrays must all be float32 or all float64");
    }
    return trees64.empty()
               ? batched(py, std::move(trees32), std::move(queries32), n, by, leaf, jobs)
               : batched(py, std::move(trees64), std::move(queries64), n, by, leaf, jobs);
}

}  // namespace

INTERLOCK_MODULE(pynanoflann, m) {
    m.doc("Nearest neighbours by nanoflann.");
    il::class_<kd_tree>(m, "KDTree", "A tree of points, to find the nearest ones in.")
        .def(il::init<std::size_t, double, std::size_t, kd::metric>(), il::arg("n_neighbors") = 5,
             il::arg("radius") = 1.0, il::arg("leaf_size") = 10, il::arg("metric") = "l2")
        .def<&kd_tree::fit>(
            "fit", "Builds the tree, or takes one that save_index() wrote of the same points.",
            il::arg("X"), il::arg("index_path") = nullptr)
        .def<&kd_tree::kneighbors>(
            "kneighbors", "Distances and places of the nearest points, nearest first.",
            il::arg("X"), il::arg("n_neighbors") = nullptr, il::arg("n_jobs") = 1)
        .def<&kd_tree::radius_neighbors>(
            "radius_neighbors", "The same of all points that are so near.", il::arg("X"),
            il::arg("radius") = nullptr, il::arg("return_distance") = true, il::arg("n_jobs") = 1)
        .def<&kd_tree::data>("get_data", "The points.", il::arg("copy") = true)
        .def<&kd_tree::save_index>("save_index", "Writes the tree, without the points.",
                                   il::arg("path"))
        .def_readonly<&kd_tree::n_neighbors>("n_neighbors")
        .def_readonly<&kd_tree::radius>("radius")
        .def_readonly<&kd_tree::leaf_size>("leaf_size")
        .def_readonly<&kd_tree::metric>("metric")
        .def(il::pickle<&get_state, &set_state>());
    m.def<&batched_kneighbors>(
        "batched_kneighbors", "Builds many trees and asks each, on several threads.",
        il::arg("X_index"), il::arg("X_query"), il::arg("n_neighbors") = 5,
        il::arg("metric") = "l2", il::arg("leaf_size") = 10, il::arg("n_jobs") = 1);
}
