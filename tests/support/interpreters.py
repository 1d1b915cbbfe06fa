"""Sub-interpreters with a lock of their own, by whatever module this version of Python has for them."""

import sys
import textwrap

HAVE_OWN_GIL = sys.version_info >= (3, 12)

if sys.version_info >= (3, 14):
    from concurrent import interpreters as _interpreters

    class Interpreter:
        def __init__(self) -> None:
            self._of = _interpreters.create()
            self.id = self._of.id

        def run(self, code: str) -> None:
            self._of.exec(textwrap.dedent(code))

        def close(self) -> None:
            self._of.close()

elif sys.version_info >= (3, 13):
    import _interpreters

    class Interpreter:
        def __init__(self) -> None:
            self.id = _interpreters.create("isolated")

        def run(self, code: str) -> None:
            failed = _interpreters.exec(self.id, textwrap.dedent(code))
            if failed is not None:
                raise RuntimeError(failed.errdisplay)

        def close(self) -> None:
            _interpreters.destroy(self.id)

elif HAVE_OWN_GIL:
    import _xxsubinterpreters

    class Interpreter:
        def __init__(self) -> None:
            self._of = _xxsubinterpreters.create(isolated=True)  # its last reference ends it
            self.id = int(self._of)

        def run(self, code: str) -> None:
            _xxsubinterpreters.run_string(self._of, textwrap.dedent(code))

        def close(self) -> None:
            _xxsubinterpreters.destroy(self._of)

else:
    import _xxsubinterpreters

    class Interpreter:
        """3.11: with the main one's lock."""

        def __init__(self) -> None:
            self._of = _xxsubinterpreters.create(isolated=True)
            self.id = int(self._of)

        def run(self, code: str) -> None:
            _xxsubinterpreters.run_string(self._of, textwrap.dedent(code))

        def close(self) -> None:
            _xxsubinterpreters.destroy(self._of)
