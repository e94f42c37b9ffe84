# How tests of clients in Python tell what they found.
_number = 0


def test(name, check):
    global _number
    _number += 1
    try:
        check()
        print(f"ok {_number} - {name}", flush=True)
    except Exception as error:
        print(f"not ok {_number} - {name}")
        print("# " + repr(error).replace("\\n", "\n# "), flush=True)


def done():
    print(f"1..{_number}")


def same(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"
