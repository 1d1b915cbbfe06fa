// The doors of one library as C sees them, so that a driver that knows none of the libraries can mix them.
#pragma once

using door_body = void (*)(void* argument);

struct door_table {
    const char* name;
    void (*enter)(door_body body,
                  void* argument);  // runs body attached; from any thread in any state
    void (*leave)(door_body body, void* argument);  // runs body detached; from an attached thread
    void (
        *give_back)();  // gives back the state that the library keeps for this thread, if it keeps any
};

inline constexpr const char* door_table_capsule = "interlock_tests.door_table";
