// smoothing: numpy arrays as spans, worked on without the interpreter.
//
// Each function takes any C-contiguous buffer of float64: a numpy array, an array.array, a memoryview. Nothing is copied. The
// memory stays where it is until the call returns, and meanwhile other Python threads run: several of them, each with its
// own part of one array, keep as many processors busy.

#include <interlock/interlock.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <span>
#include <stdexcept>

namespace il = interlock;

namespace {

using values = std::span<const double>;

bool overlap(values a, values b) {
    const std::less<> before;
    return !a.empty() && !b.empty() && before(a.data(), b.data() + b.size()) &&
           before(b.data(), a.data() + a.size());
}

// out[i] = the mean of in[i] to in[i + window - 1]
void moving_average(values in, std::span<double> out, std::size_t window) {
    if (window == 0 || in.size() < window || out.size() != in.size() - window + 1) {
        throw std::invalid_argument(
            "out must have len(values) - window + 1 items, and window one "
            "at least");
    }
    if (overlap(in, out)) {
        throw std::invalid_argument("values and out must not overlap");
    }
    // Summed anew now and then, so that rounding does not add up.
    constexpr std::size_t renewed = 4096;
    const auto scale = 1.0 / static_cast<double>(window);
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (i % renewed == 0) {
            const values first = in.subspan(i, window);
            sum = std::accumulate(first.begin(), first.end(), 0.0);
        } else {
            sum += in[i + window - 1] - in[i - 1];
        }
        out[i] = sum * scale;
    }
}

double mean(values in) {
    if (in.empty()) {
        throw std::invalid_argument("the mean of nothing is not defined");
    }
    return std::accumulate(in.begin(), in.end(), 0.0) / static_cast<double>(in.size());
}

double deviation(values in) {
    const double middle = mean(in);
    double sum = 0;
    for (const double x : in) {
        sum += (x - middle) * (x - middle);
    }
    return std::sqrt(sum / static_cast<double>(in.size()));
}

// In place: what is written is seen by everyone who looks at that memory.
void standardize(std::span<double> in_place) {
    const double middle = mean(in_place);
    const double width = deviation(in_place);
    for (double& x : in_place) {
        x = width == 0 ? 0.0 : (x - middle) / width;
    }
}

}  // namespace

INTERLOCK_MODULE(smoothing, m) {
    m.doc("Works on numpy arrays where they lie, with the interpreter released.");
    m.def<&moving_average>("moving_average",
                           "Writes the means of all runs of `window` values into `out`.",
                           il::arg("values"), il::arg("out"), il::arg("window"), il::allow_threads);
    m.def<&mean>("mean", il::arg("values"), il::allow_threads);
    m.def<&deviation>("deviation", il::arg("values"), il::allow_threads);
    m.def<&standardize>("standardize", "In place.", il::arg("values"), il::allow_threads);
}
