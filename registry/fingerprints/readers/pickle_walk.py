"""Walk a pickle's operations and say what it holds and refers to; nothing is carried out.

Pure Python: importing this module must never import Django.

Source: ``pickle.py`` of Python 3.11.
"""

from collections.abc import Callable, Mapping

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.pickle_machine import Machine, PickleWalk
from registry.fingerprints.readers.pickle_operations import Argument, broken, operations
from registry.fingerprints.readers.pickle_values import Call, Global, Pairs
from registry.fingerprints.readers.window import Cursor


def walk_pickle(cursor: Cursor) -> PickleWalk:
    """Walk one pickle from ``cursor`` on; what is wrong with it is in the answer.

    Finding codes: ``pickle_global_not_allowed``, ``pickle_global_unresolved``,
    ``pickle_extension``, ``pickle_unusual_call``, ``pickle_out_of_band``, and ``pickle_broken`` or
    ``pickle_too_large`` where the walk ended early. A pickle with any of them is not clean.
    """
    machine = Machine()
    try:
        for name, argument in operations(cursor):
            handler = _HANDLERS.get(name)
            if handler is None:
                machine.push(argument)
            else:
                handler(machine, argument)
    except UnreadableModelFile as error:
        machine.walk.error = error
        code = "pickle_too_large" if machine.walk.is_too_large else "pickle_broken"
        machine.find(code, f"The pickle could not be walked to its end: {error}")
    machine.walk.end = cursor.position
    return machine.walk


Handler = Callable[[Machine, Argument], object]


def _stop(machine: Machine, _: Argument) -> None:
    machine.walk.value = machine.pop()


def _reduce(machine: Machine, _: Argument) -> None:
    arguments = machine.pop()
    machine.call(machine.pop(), arguments)


def _build(machine: Machine, _: Argument) -> None:
    state = machine.pop()
    target = machine.top()
    machine.walk.calls += 1
    if isinstance(target, Call):
        target.state = state


def _new_object(machine: Machine, _: Argument) -> None:
    named_arguments = machine.pop()
    arguments = machine.pop()
    machine.call(machine.pop(), (arguments, named_arguments))


def _object(machine: Machine, _: Argument) -> None:
    items = machine.pop_mark()
    if not items:
        raise broken("a class is missing")
    machine.call(items[0], tuple(items[1:]))


def _instance(machine: Machine, argument: Argument) -> None:
    arguments = tuple(machine.pop_mark())
    machine.call(_refer(machine, argument), arguments)


def _refer(machine: Machine, argument: Argument) -> Global:
    module, name = argument if isinstance(argument, tuple) else (None, None)
    return machine.refer(module, name)


def _stack_global(machine: Machine, _: Argument) -> None:
    name = machine.pop()
    machine.push(machine.refer(machine.pop(), name))


def _extension(machine: Machine, argument: Argument) -> None:
    machine.find("pickle_extension", f"It asks for the registered extension {argument!r}.")
    machine.push(Global("", ""))


def _out_of_band(machine: Machine, _: Argument) -> None:
    machine.find("pickle_out_of_band", "It asks for bytes from outside the file.")
    machine.push(None)


def _pairs_of(items: list[object]) -> Pairs:
    if len(items) % 2:
        raise broken("a key has no value")
    return Pairs(list(zip(items[::2], items[1::2], strict=True)))


def _last(count: int) -> Handler:
    def make(machine: Machine, _: Argument) -> None:
        machine.push(tuple([machine.pop() for _ in range(count)][::-1]))

    return make


def _set_item(machine: Machine, _: Argument) -> None:
    value = machine.pop()
    machine.put_pairs([machine.pop(), value])


def _nothing(machine: Machine, argument: Argument) -> None:
    """Leave the stack as it is: protocol and frames say nothing of content."""


_HANDLERS: Mapping[str, Handler] = {
    "PROTO": _nothing,
    "FRAME": _nothing,
    "STOP": _stop,
    "MARK": lambda machine, _: machine.mark(),
    "POP": lambda machine, _: machine.drop(),
    "POP_MARK": lambda machine, _: machine.pop_mark(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(value=True),
    "NEWFALSE": lambda machine, _: machine.push(value=False),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push(Pairs()),
    "EMPTY_SET": lambda machine, _: machine.push([]),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.pop_mark())),
    "TUPLE1": _last(1),
    "TUPLE2": _last(2),
    "TUPLE3": _last(3),
    "LIST": lambda machine, _: machine.push(machine.pop_mark()),
    "FROZENSET": lambda machine, _: machine.push(tuple(machine.pop_mark())),
    "DICT": lambda machine, _: machine.push(_pairs_of(machine.pop_mark())),
    "APPEND": lambda machine, _: machine.put_items([machine.pop()]),
    "APPENDS": lambda machine, _: machine.put_items(machine.pop_mark()),
    "ADDITEMS": lambda machine, _: machine.put_items(machine.pop_mark()),
    "SETITEM": _set_item,
    "SETITEMS": lambda machine, _: machine.put_pairs(machine.pop_mark()),
    "PUT": lambda machine, argument: machine.remember(argument),
    "BINPUT": lambda machine, argument: machine.remember(argument),
    "LONG_BINPUT": lambda machine, argument: machine.remember(argument),
    "MEMOIZE": lambda machine, _: machine.memoize(),
    "GET": lambda machine, argument: machine.recall(argument),
    "BINGET": lambda machine, argument: machine.recall(argument),
    "LONG_BINGET": lambda machine, argument: machine.recall(argument),
    "GLOBAL": lambda machine, argument: machine.push(_refer(machine, argument)),
    "STACK_GLOBAL": _stack_global,
    "INST": _instance,
    "OBJ": _object,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_object,
    "BUILD": _build,
    "PERSID": lambda machine, argument: machine.persist(argument),
    "BINPERSID": lambda machine, _: machine.persist(machine.pop()),
    "EXT1": _extension,
    "EXT2": _extension,
    "EXT4": _extension,
    "NEXT_BUFFER": _out_of_band,
    "READONLY_BUFFER": _nothing,
}
