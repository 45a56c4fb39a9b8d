"""Functions of the standard library that are C, as the Python they stand for: the front end lowers them as it does the
user's functions. They do what Python does step by step, so that ties come out alike."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations


def heappush(heap, item):
    """Put an item into a heap."""
    heap.append(item)
    _sift_towards_root(heap, 0, len(heap) - 1)


def heappop(heap):
    """Take the smallest item out of a heap."""
    last = heap.pop()
    if len(heap) > 0:
        smallest = heap[0]
        heap[0] = last
        _sift_towards_leaf(heap, 0)
        return smallest
    return last


def heapreplace(heap, item):
    """Take the smallest item, then put one in."""
    smallest = heap[0]
    heap[0] = item
    _sift_towards_leaf(heap, 0)
    return smallest


def heappushpop(heap, item):
    """Put an item in, then take the smallest."""
    if len(heap) > 0 and heap[0] < item:
        smallest = heap[0]
        heap[0] = item
        _sift_towards_leaf(heap, 0)
        return smallest
    return item


def heapify(heap):
    """Make a list a heap."""
    for i in reversed(range(len(heap) // 2)):
        _sift_towards_leaf(heap, i)


def _sift_towards_root(heap, start, position):
    item = heap[position]
    while position > start:
        parent = (position - 1) >> 1
        if not item < heap[parent]:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = item


def _sift_towards_leaf(heap, position):
    end, start = len(heap), position
    item = heap[position]
    child = 2 * position + 1
    while child < end:
        right = child + 1
        if right < end and not heap[child] < heap[right]:
            child = right
        heap[position] = heap[child]
        position = child
        child = 2 * position + 1
    heap[position] = item
    _sift_towards_root(heap, start, position)


def in_order(items, keys, reverse):
    """The items in the order of their keys, those with equal keys as they stand."""
    found, ranks = list(items), list(keys)
    for i in range(1, len(found)):
        j = i
        while j > 0 and (ranks[j - 1] < ranks[j] if reverse else ranks[j] < ranks[j - 1]):
            found[j - 1], found[j] = found[j], found[j - 1]
            ranks[j - 1], ranks[j] = ranks[j], ranks[j - 1]
            j -= 1
    return found
