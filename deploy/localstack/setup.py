"""Installing what the local stack needs; quick when nothing is to be done."""

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from localstack import jars, secantus, startup_cache
from localstack.java import Java, find_java
from localstack.places import Places
from localstack.settings import Settings
from localstack.store_choice import StoreKind, available_stores


def set_up(places: Places, settings: Settings, console: Console) -> None:
    """Install Kafka's jars, find a Java, make its start-up cache and see to a document store.

    Raises InstallError or NotInstalledError; what was done by then stays done.
    """
    java = find_java(settings)
    _install_jars(places, console)
    _make_startup_cache(places, settings, java, console)
    _see_to_a_store(places, settings, console)


def _install_jars(places: Places, console: Console) -> None:
    if jars.is_complete(places.jars_lock, places.jars):
        return
    size = sum(jar.size for jar in jars.read_lock(places.jars_lock))
    columns = (TextColumn("Fetching Kafka"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("jars", total=size)
        jars.install(
            places.jars_lock, places.jars, jars.fetch_by_jgo, lambda jar: progress.update(task, advance=jar.size)
        )


def _make_startup_cache(places: Places, settings: Settings, java: Java, console: Console) -> None:
    if not java.has_aot_cache or startup_cache.is_current(places, java):
        return
    with console.status("Preparing Kafka for quick starts"):
        made = startup_cache.make(places, settings, java)
    if not made:
        console.print("Kafka will start without a start-up cache, about a second slower each time.")


def _see_to_a_store(places: Places, settings: Settings, console: Console) -> None:
    others = [choice for choice in available_stores(places, settings) if choice.kind is not StoreKind.SECANTUS_PYTHON]
    if others or secantus.python_server_is_installed(places):
        return
    with console.status("Installing SecantusDB, the document store, in an environment of its own"):
        secantus.install_python_server(places)
