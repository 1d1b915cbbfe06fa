// soxr: changes the sample rate of sound, by libsoxr. The functions of the project of that name
// (https://github.com/dofuuz/python-soxr), bound anew.

#include <interlock/interlock.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <soxr.h>

namespace il = interlock;

namespace {

struct quality {
    unsigned long recipe;
};
constexpr std::array<std::pair<const char*, unsigned long>, 5> qualities{
    {{"QQ", SOXR_QQ}, {"LQ", SOXR_LQ}, {"MQ", SOXR_MQ}, {"HQ", SOXR_HQ}, {"VHQ", SOXR_VHQ}}};

// The type of a sample: what numpy calls it, and what libsoxr does. One channel after the other is 4 more there.
struct sample_type {
    const char* name;
    soxr_datatype_t type;
};
template <class T>
inline constexpr sample_type type_of{"float32", SOXR_FLOAT32_I};
template <>
inline constexpr sample_type type_of<double>{"float64", SOXR_FLOAT64_I};
template <>
inline constexpr sample_type type_of<std::int32_t>{"int32", SOXR_INT32_I};
template <>
inline constexpr sample_type type_of<std::int16_t>{"int16", SOXR_INT16_I};

using samples = std::variant<il::buffer<const float>, il::buffer<const double>,
                             il::buffer<const std::int32_t>, il::buffer<const std::int16_t>>;

}  // namespace

template <>
struct il::converter<quality> {
    static constexpr const char* python_type = "int | str";
    static std::optional<quality> from_python(const il::object& value) {
        const bool is_text = il::isinstance<il::str>(value);
        std::string name = is_text ? value.as<il::str>().upper().to_string() : "";
        name = name.starts_with("SOXR_") ? name.substr(5) : name;
        const auto number = is_text ? std::nullopt : value.try_as<unsigned long>();
        for (const auto& [known, recipe] : qualities) {
            if (is_text ? name == known : number == recipe) {
                return quality{recipe};
            }
        }
        throw il::value_error("quality must be one of QQ, LQ, MQ, HQ, VHQ");
    }
    static il::object to_python(il::python py, quality q) { return py.make(q.recipe); }
};

namespace {

constexpr std::size_t most_channels = 65536;

void check(soxr_error_t error) {
    if (error != nullptr) {
        throw std::runtime_error(error);
    }
}
void check_rates(double in, double out) {
    if (!(in > 0 && out > 0)) {
        throw il::value_error("a sample rate must be above 0");
    }
}
void check_channels(std::size_t n) {
    if (n < 1 || n > most_channels) {
        throw il::value_error("there must be from 1 to 65536 channels, not " + std::to_string(n));
    }
}

// libsoxr's state for some channels.
class resampler {
public:
    resampler(double in_rate, double out_rate, std::size_t channels, soxr_datatype_t type,
              quality q, bool variable)
        : piece_(static_cast<std::size_t>(std::max(1000.0, 48000 * in_rate / out_rate))) {
        soxr_error_t error = nullptr;
        const soxr_io_spec_t io = soxr_io_spec(type, type);
        const soxr_quality_spec_t spec = soxr_quality_spec(q.recipe, variable ? SOXR_VR : 0);
        handle_.reset(soxr_create(in_rate, out_rate, static_cast<unsigned>(channels), &error, &io,
                                  &spec, nullptr));
        check(error);
    }
    soxr_t get() const noexcept { return handle_.get(); }
    // Long input is given piece by piece, which is faster.
    std::size_t piece() const noexcept { return piece_; }

private:
    struct closer {
        void operator()(soxr_t handle) const noexcept { soxr_delete(handle); }
    };
    std::unique_ptr<soxr, closer> handle_;
    std::size_t piece_;
};

// Sound in numpy's memory: frames of interleaved channels, or one channel behind the other.
template <class T>
struct sound {
    T* data;
    std::size_t frames;
    std::size_t channels;
    std::size_t stride;  // from one channel to the next; 0: they are interleaved

    bool is_split() const noexcept { return stride != 0; }
    std::vector<T*> channels_at(std::size_t frame) const {
        std::vector<T*> all(channels);
        for (std::size_t c = 0; c < channels; ++c) {
            all[c] = data + c * stride + frame;
        }
        return all;
    }
};

template <class T>
std::size_t process(const resampler& r, const sound<const T>& in, std::size_t from,
                    std::size_t frames, const sound<T>& out, std::size_t to) {
    std::size_t done = 0;
    const bool flush = frames == 0;
    if (in.is_split()) {
        const auto input = in.channels_at(from);
        auto output = out.channels_at(to);
        check(soxr_process(r.get(), flush ? nullptr : input.data(), frames, nullptr, output.data(),
                           out.frames - to, &done));
    } else {
        check(soxr_process(r.get(), flush ? nullptr : in.data + from * in.channels, frames, nullptr,
                           out.data + to * out.channels, out.frames - to, &done));
    }
    return done;
}

// All of it at once. Gives the number of frames that were made.
template <class T>
std::size_t resample_all(const sound<const T>& in, const sound<T>& out, double in_rate,
                         double out_rate, quality q) {
    const int split = in.is_split() ? 4 : 0;
    const resampler r(in_rate, out_rate, in.channels,
                      static_cast<soxr_datatype_t>(type_of<T>.type + split), q, false);
    std::size_t made = 0;
    for (std::size_t at = 0; at < in.frames; at += r.piece()) {
        made += process(r, in, at, std::min(r.piece(), in.frames - at), out, made);
    }
    return made + process(r, in, in.frames, 0, out, made);
}

il::object new_array(il::python py, std::size_t frames, std::size_t channels,
                     std::size_t dimensions, const char* type, bool split) {
    const il::tuple shape =
        dimensions == 1 ? il::tuple::of(py, frames) : il::tuple::of(py, frames, channels);
    return py.import("numpy").attr("empty")(shape, type, split ? "F" : "C");
}

samples samples_of(const il::object& array) {
    auto held = array.try_as<samples>();
    if (!held.has_value()) {
        throw il::type_error("the samples must be float32, float64, int16 or int32, not " +
                             array.attr("dtype").str());
    }
    const std::size_t dimensions = std::visit([](const auto& b) { return b.dimensions(); }, *held);
    if (dimensions != 1 && dimensions != 2) {
        throw il::value_error(
            "the samples must have one dimension, or two for several channels, not " +
            std::to_string(dimensions));
    }
    return std::move(*held);
}
template <class T>
sound<T> view_of(const il::buffer<T>& array) {
    const auto shape = array.shape();
    const std::size_t channels = shape.size() == 1 ? 1 : static_cast<std::size_t>(shape[1]);
    const std::size_t stride =
        array.is_contiguous() ? 0 : static_cast<std::size_t>(array.strides()[1]) / sizeof(T);
    return {array.data(), static_cast<std::size_t>(shape[0]), channels, stride};
}
// What libsoxr can read as it lies: C's order, or channels of their own.
bool can_be_read(const samples& all) {
    return std::visit(
        []<class T>(const il::buffer<T>& b) {
            return b.is_contiguous() || (b.dimensions() == 2 && b.strides()[1] >= 0 &&
                                         b.strides()[0] == static_cast<std::ptrdiff_t>(sizeof(T)));
        },
        all);
}

il::object resample(il::python py, const il::object& x, double in_rate, double out_rate,
                    quality q) {
    check_rates(in_rate, out_rate);
    const il::object numpy = py.import("numpy");
    il::object array = x;
    if (!il::isinstance(x, numpy.attr("ndarray"))) {
        array = numpy.attr("asarray")(x, "float32");
    }
    samples in = samples_of(array);
    if (!can_be_read(in)) {
        in = samples_of(numpy.attr("ascontiguousarray")(array));
    }
    return std::visit(
        [&]<class T>(const il::buffer<const T>& from) -> il::object {
            const sound<const T> given = view_of(from);
            check_channels(given.channels);
            const auto most =
                static_cast<std::size_t>(static_cast<double>(given.frames) * out_rate / in_rate) +
                1;
            const il::object made = new_array(py, most, given.channels, from.dimensions(),
                                              type_of<T>.name, given.is_split());
            const auto to = made.as<il::buffer<T>>();
            sound<T> out{to.data(), most, given.channels, given.is_split() ? most : 0};
            const std::size_t count =
                py.allow_threads(&resample_all<T>, given, out, in_rate, out_rate, q);
            return made[il::slice::of(py, static_cast<std::ptrdiff_t>(count))];
        },
        in);
}

// Sound that comes in chunks. Two threads take turns.
class stream {
public:
    stream(double in_rate, double out_rate, std::size_t num_channels, const il::object& dtype,
           quality q, bool vr)
        : channels_(checked(in_rate, out_rate, num_channels)),
          type_(type_named(dtype)),
          state_(state{resampler(in_rate, out_rate, num_channels, type_.type, q, vr),
                       out_rate / in_rate}) {}

    il::object resample_chunk(il::python py, const il::object& x, bool last) {
        if (!il::isinstance(x, py.import("numpy").attr("ndarray"))) {
            throw il::type_error(
                std::string("ResampleStream.resample_chunk(): expected an array of numpy's of ") +
                type_.name);
        }
        samples in = samples_of(x);
        if (std::visit([](const auto& b) { return !b.is_contiguous(); }, in)) {
            in = samples_of(py.import("numpy").attr("ascontiguousarray")(x));
        }
        return std::visit([&](const auto& from) { return chunk(py, from, last); }, in);
    }
    std::size_t num_clips(il::python py) {
        return state_.with(py, [](state& s) { return *soxr_num_clips(s.engine.get()); });
    }
    double delay(il::python py) {
        return state_.with(py, [](state& s) { return soxr_delay(s.engine.get()); });
    }
    void clear(il::python py) {
        state_.with(py, [](state& s) {
            check(soxr_clear(s.engine.get()));
            s.ended = false;
        });
    }
    void set_io_ratio(il::python py, double in_rate, double out_rate, std::size_t slew_len) {
        check_rates(in_rate, out_rate);
        state_.with(py, [&](state& s) {
            check(soxr_set_io_ratio(s.engine.get(), in_rate / out_rate, slew_len));
            s.ratio = std::max(s.ratio, out_rate / in_rate);
        });
    }

private:
    struct state {
        resampler engine;
        double ratio;  // the most frames that come out for one
        bool ended = false;
    };

    static std::size_t checked(double in_rate, double out_rate, std::size_t channels) {
        check_rates(in_rate, out_rate);
        check_channels(channels);
        return channels;
    }
    static sample_type type_named(const il::object& dtype) {
        const auto wanted =
            dtype.py().import("numpy").attr("dtype")(dtype).attr("name").as<std::string>();
        for (const sample_type& one :
             {type_of<float>, type_of<double>, type_of<std::int32_t>, type_of<std::int16_t>}) {
            if (wanted == one.name) {
                return one;
            }
        }
        throw il::type_error("the samples must be float32, float64, int16 or int32, not " + wanted);
    }

    template <class T>
    static void feed(state& s, const sound<const T>& in, bool last, std::vector<T>& out) {
        std::size_t made = 0;
        // More room is made where it does not suffice: with a variable rate nobody knows how much is wanted.
        const auto step = [&](std::size_t from, std::size_t frames) {
            const auto expected =
                (static_cast<double>(frames) * s.ratio) + soxr_delay(s.engine.get());
            const std::size_t room = made + static_cast<std::size_t>(expected) + 64;
            out.resize(room * in.channels);
            const std::size_t done = process(s.engine, in, from, frames,
                                             sound<T>{out.data(), room, in.channels, 0}, made);
            made += done;
            return done;
        };
        for (std::size_t at = 0; at < in.frames; at += s.engine.piece()) {
            step(at, std::min(s.engine.piece(), in.frames - at));
        }
        while (last && step(in.frames, 0) > 0) {
        }
        out.resize(made * in.channels);
        s.ended = last;
    }

    template <class T>
    il::object chunk(il::python py, const il::buffer<const T>& from, bool last) {
        const sound<const T> in = view_of(from);
        if (type_.type != type_of<T>.type) {
            throw il::type_error(std::string("ResampleStream.resample_chunk(): the samples are ") +
                                 type_of<T>.name + ", the stream is of " + type_.name);
        }
        if (in.channels != channels_) {
            throw il::value_error("ResampleStream.resample_chunk(): expected " +
                                  std::to_string(channels_) + " channels, got " +
                                  std::to_string(in.channels));
        }
        std::vector<T> out;
        state_.with(py, [&](state& s) {
            if (s.ended) {
                throw std::runtime_error(
                    "ResampleStream.resample_chunk(): the last chunk was there already; clear() "
                    "begins anew");
            }
            py.allow_threads(&feed<T>, s, in, last, out);
        });
        const il::object made = new_array(py, out.size() / channels_, channels_, from.dimensions(),
                                          type_of<T>.name, false);
        const auto to = made.as<il::buffer<T>>();
        std::copy(out.begin(), out.end(), to.begin());
        return made;
    }

    std::size_t channels_;
    sample_type type_;
    il::mutex<state> state_;
};

}  // namespace

INTERLOCK_MODULE(soxr, m) {
    m.doc("Changes the sample rate of sound.");
    m.add("__libsoxr_version__", soxr_version());
    for (const auto& [name, recipe] : qualities) {
        m.add(name, recipe);
    }
    m.def<&resample>("resample", "The sound at another rate: one dimension, or frames by channels.",
                     il::arg("x"), il::arg("in_rate"), il::arg("out_rate"),
                     il::arg("quality") = "HQ");
    il::class_<stream>(m, "ResampleStream", "The same of sound that comes in chunks.",
                       il::thread_safe)
        .def(il::init<double, double, std::size_t, il::object, quality, bool>(), il::arg("in_rate"),
             il::arg("out_rate"), il::arg("num_channels"), il::arg("dtype") = "float32",
             il::arg("quality") = "HQ", il::arg("vr") = false)
        .def<&stream::resample_chunk>("resample_chunk", "What can be told of the sound up to here.",
                                      il::arg("x"), il::arg("last") = false)
        .def<&stream::num_clips>("num_clips", "How many samples were too loud for an integer.")
        .def<&stream::delay>("delay", "How many frames are still to come.")
        .def<&stream::clear>("clear", "Begins with other sound.")
        .def<&stream::set_io_ratio>("set_io_ratio", "Another rate from here on; for vr=True.",
                                    il::arg("in_rate"), il::arg("out_rate"),
                                    il::arg("slew_len") = 0);
}
