// report.json: built as Python objects, written by Python.
#include "findings.hpp"

#include <thread>

namespace near_duplicates {

namespace {

template <class Range, class Convert>
il::list list_of(il::python py, const Range& range, Convert convert) {
    const il::list list = il::list::of(py);
    for (const auto& element : range) {
        list.append(convert(element));
    }
    return list;
}

il::list named_list(il::python py, const std::vector<skipped_file>& files) {
    return list_of(py, files, [&](const skipped_file& f) {
        const il::dict entry = il::dict::make(py);
        entry["file"] = f.name;
        entry["reason"] = f.reason;
        return entry;
    });
}

il::dict region_of(il::python py, const findings& found, const region& r) {
    const il::dict entry = il::dict::make(py);
    entry["file"] = found.files[r.file].name;
    entry["first_line"] = r.first_line;
    entry["last_line"] = r.last_line;
    entry["tokens"] = r.tokens;
    return entry;
}

il::dict measurement_of(il::python py, const findings& found, const measurement& m) {
    const il::dict entry = il::dict::make(py);
    entry["mode"] = key_of(m.best.how);
    entry["threads"] = m.best.threads;
    entry["files"] = m.best.files;
    entry["fingerprints"] = m.best.distinct;
    entry["seconds"] = m.best.seconds();
    entry["all_seconds"] = list_of(py, m.seconds, [](double s) { return s; });
    entry["files_per_second"] = m.best.files_per_second();
    entry["megabytes_per_second"] = m.best.megabytes_per_second();
    entry["per_thread"] =
        list_of(py, timelines_of(m.best, found.main_thread, !found.asked.free_threaded),
                [&](const thread_timeline& t) {
                    const il::dict times = il::dict::make(py);
                    times["waited_seconds"] = t.seconds(activity::waiting);
                    times["held_seconds"] = t.seconds(activity::holding);
                    times["outside_seconds"] = t.seconds(activity::outside);
                    return times;
                });
    return entry;
}

}  // namespace

std::string json_of(const findings& found) {
    return il::with_gil([&](il::python py) {
        const il::dict report = il::dict::make(py);
        report["python"] = found.asked.python;
        report["processors"] = std::thread::hardware_concurrency();
        report["interrupted"] = found.interrupted;

        const il::dict sums = il::dict::make(py);
        sums["files"] = found.sums.files;
        sums["bytes"] = found.sums.bytes;
        sums["lines"] = found.sums.lines;
        sums["tokens"] = found.sums.tokens;
        sums["fingerprints"] = found.sums.fingerprints;
        report["totals"] = sums;
        report["skipped"] = named_list(py, found.skipped);

        report["duplicates"] = list_of(py, found.duplicates, [&](const duplicate& d) {
            const il::dict entry = il::dict::make(py);
            entry["left"] = region_of(py, found, d.left);
            entry["right"] = region_of(py, found, d.right);
            entry["equal_tokens"] = d.equal_tokens;
            entry["similarity"] = d.similarity();
            return entry;
        });

        const il::dict check = il::dict::make(py);
        check["compared"] = found.tokens_compared;
        check["differ"] = named_list(py, found.tokens_differ);
        check["not_comparable"] = named_list(py, found.tokens_not_comparable);
        report["token_check"] = check;

        report["measurements"] = list_of(py, found.measurements, [&](const measurement& m) {
            return measurement_of(py, found, m);
        });
        report["passes_agree"] = !found.passes_differ;
        report["released_against_native_on_2_threads"] =
            released_against_native(found.measurements, 2);

        const il::object dumps = py.import("json").attr("dumps");
        return dumps(report, il::kw("indent") = 2).as<std::string>() + "\n";
    });
}

}  // namespace near_duplicates
