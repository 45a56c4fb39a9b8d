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


def in_order(keys, reverse):
    """The positions of the keys in their order, those of equal keys as they stand."""
    places = list(range(len(keys)))
    for i in range(1, len(keys)):
        j = i
        while j > 0:
            left, right = places[j - 1], places[j]
            comes_first = keys[left] < keys[right] if reverse else keys[right] < keys[left]
            if not comes_first:
                break
            places[j - 1], places[j] = right, left
            j -= 1
    return places


def in_order_by(items, reverse, compare):
    """The positions of the items in the order of a function that compares two of them."""
    places = list(range(len(items)))
    for i in range(1, len(items)):
        j = i
        while j > 0:
            left, right = places[j - 1], places[j]
            answer = compare(items[left], items[right]) if reverse else compare(items[right], items[left])
            if answer >= 0:
                break
            places[j - 1], places[j] = right, left
            j -= 1
    return places
