#include "scan.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <tuple>

namespace near_duplicates {

namespace fs = std::filesystem;

namespace {

// File names are bytes, which Python's str and JSON cannot hold as they are.
std::string printable(const fs::path& path) {
    const std::u8string raw = path.generic_u8string();
    std::string_view rest(reinterpret_cast<const char*>(raw.data()), raw.size());
    std::string name;
    while (!rest.empty()) {
        const std::size_t bad = std::min(first_invalid_utf8(rest), rest.size());
        name += rest.substr(0, bad);
        rest.remove_prefix(bad);
        if (!rest.empty()) {
            constexpr std::string_view digits = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(rest.front());
            name += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            rest.remove_prefix(1);
        }
    }
    return name;
}

bool is_left_out(const fs::path& folder) {
    const fs::path name = folder.filename();
    return name == "site-packages" || name == "dist-packages" || name == "__pycache__" ||
           name.native().front() == fs::path::value_type('.');
}

class walk {
public:
    walk(const fs::path& root, file_list& out) : root_(root), out_(out) {}

    void folder(const fs::path& path) {
        std::error_code error;
        fs::directory_iterator entries(path, error);
        if (error && path == root_) {
            throw std::runtime_error(printable(path) + ": " + error.message());
        }
        for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
            entry(*entries);
        }
        if (error) {
            skip(path, error.message());
        }
    }

private:
    void entry(const fs::directory_entry& e) {
        std::error_code error;
        // Links to folders are not followed: they would lead to files twice, or round in circles.
        if (e.is_directory(error) && !e.is_symlink(error)) {
            if (!is_left_out(e.path())) {
                folder(e.path());
            }
        } else if (e.path().extension() == ".py") {
            if (!e.is_regular_file(error)) {
                skip(e.path(), error ? error.message() : "is not a regular file");
            } else {
                const std::uintmax_t size = e.file_size(error);
                out_.files.push_back({e.path(), relative(e.path()), error ? 0 : size});
            }
        }
    }

    std::string relative(const fs::path& path) const {
        return printable(path.lexically_relative(root_));
    }

    void skip(const fs::path& path, std::string reason) {
        out_.skipped.push_back({relative(path), std::move(reason)});
    }

    const fs::path& root_;
    file_list& out_;
};

}  // namespace

file_list find_sources(const fs::path& folder) {
    file_list list;
    walk(folder, list).folder(folder);
    std::sort(list.files.begin(), list.files.end(), [](const source_file& a, const source_file& b) {
        return std::tie(b.size, a.name) < std::tie(a.size, b.name);
    });
    return list;
}

scan_result scanner::scan(const source_file& file, std::uint32_t id) {
    scan_result result;
    if (load_result loaded = load_source(file.path, text_); !loaded) {
        result.problem = std::move(loaded.detail);
        return result;
    }
    tokenize(text_, tokens_);
    winnow(tokens_.symbols, options_, prints_);
    index_.insert(id, prints_, space_);
    result.bytes = text_.size();
    result.lines = tokens_.line_count;
    result.tokens = tokens_.counts.total();
    result.fingerprints = static_cast<std::uint32_t>(prints_.size());
    return result;
}

}  // namespace near_duplicates
