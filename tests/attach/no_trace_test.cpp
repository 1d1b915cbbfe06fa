// An ordinary build has no trace points, and says so.
#include <interlock/trace.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

TEST(NoTrace, ARecorderSaysHowToGetOne) {
    EXPECT_FALSE(interlock::trace::available());
    try {
        const interlock::trace::recorder recorder;
        ADD_FAILURE() << "made";
    } catch (const std::logic_error& error) {
        EXPECT_NE(std::string(error.what()).find("INTERLOCK_TRACE"), std::string::npos);
    }
}
