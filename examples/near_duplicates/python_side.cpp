#include "python_side.hpp"

#include "python_sources.hpp"

namespace near_duplicates {

namespace fs = std::filesystem;

namespace {

// Runs a source and gives what it has defined under a name.
il::object defined_in(il::python py, std::string_view source, std::string_view name) {
    const il::dict scope = il::dict::make(py);
    py.run(source, scope);
    return scope[name];
}

// Paths are bytes on most systems; Python smuggles what is not UTF-8 through str (PEP 383).
il::object to_python(il::python py, const fs::path& path) {
    const std::u8string text = path.u8string();
    const std::string_view bytes(reinterpret_cast<const char*>(text.data()), text.size());
    return py.import("os").attr("fsdecode")(il::bytes::of(py, bytes));
}

fs::path to_path(const il::object& path) {
    const auto bytes = path.py().import("os").attr("fsencode")(path).as<il::bytes>();
    const std::string_view view = bytes.view();
    return std::u8string(view.begin(), view.end());
}

}  // namespace

std::variant<options, int> parse_arguments(il::python py, unsigned default_threads) {
    const il::object parsed = defined_in(py, arguments_source, "parse")(default_threads);
    if (const auto status = parsed.try_as<int>()) {
        return *status;
    }
    options o;
    o.folder = to_path(parsed.attr("folder"));
    o.output = to_path(parsed.attr("output"));
    o.threads = parsed.attr("threads").as<unsigned>();
    o.repeat = parsed.attr("repeat").as<unsigned>();
    o.quick = parsed.attr("quick").as<bool>();
    o.terminal = parsed.attr("terminal").as<bool>();
    o.free_threaded = parsed.attr("free_threaded").as<bool>();
    o.python = parsed.attr("python").as<std::string>();
    return o;
}

il::owned<il::object> make_report(il::python py) {
    return defined_in(py, report_source, "Report")().unbind();
}

void scan_on_a_pool(il::python py, const il::object& scan, const il::object& watch,
                    const il::object& stop, const il::object& report, unsigned threads) {
    defined_in(py, pool_source, "scan_on_a_pool")(scan, watch, stop, report, threads);
}

totals totals_of(il::python py, const il::owned<il::object>& report) {
    const il::object sums = report.bind(py).call_method("totals");
    return {sums["files"].as<std::uint64_t>(), sums["bytes"].as<std::uint64_t>(),
            sums["lines"].as<std::uint64_t>(), sums["tokens"].as<std::uint64_t>(),
            sums["fingerprints"].as<std::uint64_t>()};
}

std::vector<skipped_file> skipped_in(il::python py, const il::owned<il::object>& report) {
    std::vector<skipped_file> skipped;
    for (const il::object& pair : il::object(report.bind(py).attr("skipped"))) {
        skipped.push_back({pair[0].as<std::string>(), pair[1].as<std::string>()});
    }
    return skipped;
}

token_check::token_check(il::python py)
    : check_(defined_in(py, token_check_source, "check").unbind()) {}

token_check::result token_check::compare(il::python py, const source_file& file,
                                         const token_counts& ours) const {
    const il::list counts = il::list::of(py);
    for (const std::uint32_t count : ours.by_kind) {
        counts.append(count);
    }
    const il::object answer = check_.bind(py)(to_python(py, file.path), counts);
    const auto says = answer[0].as<std::string>();
    return {says == "agrees"    ? verdict::agrees
            : says == "differs" ? verdict::differs
                                : verdict::not_comparable,
            answer[1].as<std::string>()};
}

bool interrupted() {
    try {
        il::with_gil([](il::python py) { py.check_signals(); });
        return false;
    } catch (const il::python_error& error) {
        if (!is_interrupt(error)) {
            throw;
        }
        return true;
    }
}

bool is_interrupt(const il::python_error& error) {
    return il::with_gil([&](il::python py) {
        return error.matches(py.import("builtins").attr("KeyboardInterrupt"));
    });
}

}  // namespace near_duplicates
