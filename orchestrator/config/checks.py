"""What one tenant file must agree with: its name, its release, its size, its platform."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from orchestrator.config import library
from orchestrator.errors.config import FileFaultsError, PlatformNotFoundError, SizeNotFoundError
from orchestrator.model.instance import Instance
from orchestrator.model.release import Variable
from orchestrator.model.tenant import Tenant
from orchestrator.products import registry, releases
from orchestrator.reading import suggest
from orchestrator.reading.places import Path
from orchestrator.settings import Settings

Found = tuple[Path, str, str]
_INTEGER = "integer"
_BOOLEAN = "boolean"


def faults(settings: Settings, tenant: Tenant, stem: str) -> Iterator[Found]:
    """Every disagreement: where, what is wrong, and the nearest right spelling."""
    if tenant.slug != stem:
        yield ("slug",), f"must be `{stem}` as the file is named, not `{tenant.slug}`", ""
    yield from _platform(settings, tenant)
    yield from _products(tenant)
    yield from _links(tenant)
    seen: dict[str, str] = {}
    for product, instance in tenant.instances.of().items():
        path: Path = ("instances", product)
        yield from _size(settings, product, instance, path)
        yield from _release(product, instance, path)
        yield from _programs(tenant, product, instance)
        yield from _domains(product, instance, path, seen)


def _links(tenant: Tenant) -> Iterator[Found]:
    """Both ends are instances of the tenant's, the one that answers can, and none is told twice."""
    own = tenant.products
    seen: set[tuple[str, str]] = set()
    for number, link in enumerate(tenant.links):
        path: Path = ("links", number)
        for key, product in (("from", link.from_), ("to", link.to)):
            if product not in own:
                message = f"the tenant has no instance of `{product}`"
                yield (*path, key), message, suggest.nearest(product, own)
        if link.from_ == link.to:
            yield (*path, "to"), "an instance needs no link to itself", ""
        elif (link.from_, link.to) in seen:
            yield path, f"the link from {link.from_} to {link.to} is named twice", ""
        elif link.to in own and not registry.facts(link.to).linked:
            yield (*path, "to"), f"`{link.to}` answers no other instance", ""
        seen.add((link.from_, link.to))
    try:
        TopologicalSorter(_needs(tenant)).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        yield ("links",), f"go in a circle, so that none could come first: {circle}", ""


def _needs(tenant: Tenant) -> dict[str, set[str]]:
    needs: dict[str, set[str]] = {}
    for link in tenant.links:
        if link.from_ != link.to:
            needs.setdefault(link.from_, set()).add(link.to)
    return needs


def _programs(tenant: Tenant, product: str, instance: Instance) -> Iterator[Found]:
    """Each has a name of its own, something to be let in to, and a way that it comes by."""
    ways = {link.from_ for link in tenant.links if link.to == product}
    closed = registry.takes_programs(product, instance.release)
    seen: set[str] = set()
    for number, program in enumerate(instance.programs):
        path: Path = ("instances", product, "programs", number)
        if not closed:
            message = f"all interfaces of {product} {instance.release} are public: it takes none"
            yield path, message, ""
        if program.name in seen:
            yield (*path, "name"), f"`{program.name}` is named twice", ""
        seen.add(program.name)
        asks = program.from_
        if asks is not None and asks not in ways:
            message = f"no link leads from `{asks}` to `{product}`, so it would never get there"
            yield (*path, "from"), message, suggest.nearest(asks, tuple(ways))


def _platform(settings: Settings, tenant: Tenant) -> Iterator[Found]:
    try:
        platform = library.load_platform(settings, tenant.platform)
    except PlatformNotFoundError as error:
        message = f"there is no platform `{tenant.platform}`; {error.why}"
        yield ("platform",), message, str(error.context["nearest"])
        return
    except FileFaultsError as error:
        yield ("platform",), f"`{tenant.platform}` cannot be used: {error.message}", ""
        return
    known = [one.id for one in platform.sub_processors]
    for number, one in enumerate(tenant.data_protection.sub_processors.authorised):
        if one not in known:
            message = f"`{one}` is no sub-processor of {platform.name} ({', '.join(known)})"
            path: Path = ("data_protection", "sub_processors", "authorised", number)
            yield path, message, suggest.nearest(one, known)


def _products(tenant: Tenant) -> Iterator[Found]:
    for table, named in (
        ("roles", tenant.data_protection.roles),
        ("register", tenant.data_protection.register_),
    ):
        for product in named:
            if product not in tenant.products:
                message = "names a product that the tenant has no instance of"
                near = suggest.nearest(product, tenant.products)
                yield ("data_protection", table, product), message, near


def _size(settings: Settings, product: str, instance: Instance, path: Path) -> Iterator[Found]:
    try:
        if library.load_size(settings, instance.size).of(product) is None:
            able = ", ".join(library.sizes_for(settings, product))
            yield (*path, "size"), f"`{instance.size}` has nothing for {product}; use {able}", ""
    except SizeNotFoundError as error:
        message = f"there is no size `{instance.size}`; {error.why}"
        yield (*path, "size"), message, str(error.context["nearest"])
    except FileFaultsError as error:
        reasons = "; ".join(f"{one.key} {one.message}" for one in error.faults)
        yield (*path, "size"), f"`{instance.size}` cannot be used: {reasons}", ""


def _release(product: str, instance: Instance, path: Path) -> Iterator[Found]:
    known = releases.known(product)
    if instance.release not in known:
        message = f"there is no release `{instance.release}`; known are {', '.join(known)}"
        yield (*path, "release"), message, suggest.nearest(instance.release, known)
        return
    yield from _ai(product, instance, path)
    if not instance.settings:
        return
    variables = {one.name: one for one in releases.release(product, instance.release).environment}
    yours = [name for name, one in variables.items() if one.set_by == "tenant"]
    for name, value in instance.settings.items():
        place = (*path, "settings", name)
        if name not in variables:
            message = f"is not read by release {instance.release}"
            yield place, message, suggest.nearest(name, yours)
        elif reason := _refused(variables[name], value):
            yield place, reason, ""


def _ai(product: str, instance: Instance, path: Path) -> Iterator[Found]:
    able = releases.release(product, instance.release).ai
    for use, feature in instance.ai.of().items():
        place = (*path, "ai", use)
        if use not in able:
            known = ", ".join(able) or "none"
            yield place, f"release {instance.release} has no such feature; it has {known}", ""
        elif able[use].key and not able[use].switch and feature.key is None:
            yield (*place, "key"), "is missing: the key is what switches this feature on", ""
        elif feature.key and not able[use].key:
            yield (*place, "key"), f"release {instance.release} takes no key for it", ""


def _refused(variable: Variable, value: object) -> str:
    if variable.set_by == "orchestrator":
        return "is set by the orchestrator from other keys and cannot be given here"
    if variable.set_by == "nobody":
        return f"must not be set: {variable.meaning}"
    if variable.secret:
        return "is a secret and must not stand in a file"
    if variable.kind == _INTEGER and (isinstance(value, bool) or not isinstance(value, int)):
        return f"must be a whole number, not `{value}`"
    if variable.kind == _BOOLEAN and not isinstance(value, bool):
        return f"must be true or false, not `{value}`"
    return ""


def _domains(product: str, instance: Instance, path: Path, seen: dict[str, str]) -> Iterator[Found]:
    """Each name once, in this instance and in the tenant's others; `seen` is added to."""
    places = [
        (*path, "domain"),
        *((*path, "further_domains", n) for n in range(len(instance.further_domains))),
    ]
    for name, place in zip(instance.domains, places, strict=True):
        if name in seen:
            whose = "twice" if seen[name] == product else f"by instances.{seen[name]} too"
            yield place, f"`{name}` is named {whose}", ""
        seen[name] = product
