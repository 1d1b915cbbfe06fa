// k-d trees by nanoflann, over points that somebody else keeps. Without Python.
#pragma once

#include <cmath>
#include <cstddef>
#include <fstream>
#include <memory>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <nanoflann.hpp>

namespace kd {

enum class metric { l1, l2 };

// Rows of `dimensions` numbers.
template <class T>
struct points {
    const T* data = nullptr;
    std::size_t count = 0;
    std::size_t dimensions = 0;

    std::size_t kdtree_get_point_count() const { return count; }
    T kdtree_get_pt(std::size_t point, std::size_t d) const { return data[point * dimensions + d]; }
    template <class B>
    bool kdtree_get_bbox(B&) const {
        return false;
    }
};

template <class T>
using found = std::vector<std::pair<std::size_t, T>>;

// May be asked by many threads at once. Distances of l2 are squares.
template <class T>
class tree {
public:
    virtual ~tree() = default;
    virtual void nearest(const T* query, std::size_t count, std::size_t* indices,
                         T* distances) const = 0;
    virtual void within(const T* query, T radius, found<T>& matches) const = 0;
    virtual void save(std::ostream& to) = 0;
};

template <class T, int Dimensions, class Metric>
class tree_of final : public tree<T> {
public:
    // Builds the tree, or reads it.
    tree_of(points<T> of, std::size_t leaf_size, std::istream* from)
        : points_(of),
          index_(static_cast<int>(of.dimensions), points_,
                 nanoflann::KDTreeSingleIndexAdaptorParams(
                     leaf_size, nanoflann::KDTreeSingleIndexAdaptorFlags::SkipInitialBuildIndex)) {
        if (from != nullptr) {
            index_.loadIndex(*from);
        } else {
            index_.buildIndex();
        }
    }
    void nearest(const T* query, std::size_t count, std::size_t* indices,
                 T* distances) const override {
        index_.knnSearch(query, count, indices, distances);
    }
    void within(const T* query, T radius, found<T>& matches) const override {
        index_.radiusSearch(query, radius, matches, nanoflann::SearchParams());
    }
    void save(std::ostream& to) override { index_.saveIndex(to); }

private:
    using measure = typename Metric::template traits<T, points<T>, std::size_t>::distance_t;
    points<T> points_;
    nanoflann::KDTreeSingleIndexAdaptor<measure, points<T>, Dimensions, std::size_t> index_;
};

// Planes and space have code of their own.
template <class T, class Metric>
std::unique_ptr<tree<T>> make_tree(points<T> of, std::size_t leaf_size, std::istream* from) {
    switch (of.dimensions) {
        case 2:
            return std::make_unique<tree_of<T, 2, Metric>>(of, leaf_size, from);
        case 3:
            return std::make_unique<tree_of<T, 3, Metric>>(of, leaf_size, from);
        default:
            return std::make_unique<tree_of<T, -1, Metric>>(of, leaf_size, from);
    }
}
template <class T>
std::unique_ptr<tree<T>> make_tree(points<T> of, metric by, std::size_t leaf_size,
                                   std::istream* from) {
    return by == metric::l1 ? make_tree<T, nanoflann::metric_L1>(of, leaf_size, from)
                            : make_tree<T, nanoflann::metric_L2_Simple>(of, leaf_size, from);
}

// f(i) for every i below count, on so many threads. What f throws is thrown.
template <class F>
void spread(std::size_t count, std::size_t threads, const F& f) {
    std::vector<std::exception_ptr> failures(std::max<std::size_t>(threads, 1));
    const auto part = [&](std::size_t which) {
        try {
            for (std::size_t i = which; i < count; i += failures.size()) {
                f(i);
            }
        } catch (...) {
            failures[which] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    for (std::size_t t = 1; t < failures.size(); ++t) {
        others.emplace_back(part, t);
    }
    part(0);
    for (std::thread& one : others) {
        one.join();
    }
    for (const std::exception_ptr& failure : failures) {
        if (failure != nullptr) {
            std::rethrow_exception(failure);
        }
    }
}

// The nearest points of all queries, row by row.
template <class T>
void nearest_of_all(const tree<T>& in, points<T> queries, std::size_t count, metric by,
                    std::size_t threads, std::span<std::size_t> indices, std::span<T> distances) {
    spread(queries.count, threads, [&](std::size_t i) {
        T* row = distances.data() + i * count;
        in.nearest(queries.data + i * queries.dimensions, count, indices.data() + i * count, row);
        for (std::size_t k = 0; by == metric::l2 && k < count; ++k) {
            row[k] = std::sqrt(row[k]);
        }
    });
}

template <class T>
std::vector<found<T>> within_of_all(const tree<T>& in, points<T> queries, T radius, metric by,
                                    std::size_t threads) {
    std::vector<found<T>> all(queries.count);
    spread(queries.count, threads, [&](std::size_t i) {
        in.within(queries.data + i * queries.dimensions,
                  by == metric::l2 ? radius * radius : radius, all[i]);
        for (auto& [index, distance] : all[i]) {
            distance = by == metric::l2 ? std::sqrt(distance) : distance;
        }
    });
    return all;
}

}  // namespace kd
