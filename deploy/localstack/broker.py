"""A real Kafka: one node that is broker and controller (KRaft), on the loopback interface."""

import base64
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from localstack import jars
from localstack.errors import StartError
from localstack.guardian import INFRASTRUCTURE, Guardian, guardian_of_this_process
from localstack.java import Java, find_java
from localstack.places import Places
from localstack.ports import LOOPBACK, PortBook, is_free
from localstack.process import Process, tail
from localstack.server import Server
from localstack.settings import Settings

# One node: every internal topic has one replica. Short sessions: a broker that comes back after a kill -9 is let in
# again within 2 s, and tests of consumer groups may use sessions of 1 s. Small pools: the machine is shared.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{loopback}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{loopback}:{port},CONTROLLER://{loopback}:{controller_port}
advertised.listeners=PLAINTEXT://{loopback}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
num.partitions=4
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
controlled.shutdown.enable=true
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=4194304
"""

JVM_OPTIONS = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xss512k",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:MaxMetaspaceSize=128m",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)

FORMAT_TIMEOUT_SECONDS = 120
PATIENCE_MS = 1500


class Kafka(Server):
    """A Kafka node with its data in `home`; `properties` and `jvm_options` are added to the node's own, and win.

    The port is the one given, else the one that `ports` remembers, else a free one.
    """

    def __init__(
        self,
        home: Path,
        *,
        places: Places | None = None,
        settings: Settings | None = None,
        port: int | None = None,
        ports: PortBook | None = None,
        guardian: Guardian | None = None,
        log: Path | None = None,
        properties: Mapping[str, str] | None = None,
        jvm_options: tuple[str, ...] = (),
    ) -> None:
        super().__init__("kafka", home, log)
        self._places = places or Places()
        self._settings = settings or Settings.from_environment()
        self._wanted = port
        self._ports = ports or PortBook(home / "ports.json")
        self._guardian = guardian or guardian_of_this_process()
        self._properties = dict(properties or {})
        self._jvm_options = jvm_options
        self._claimed: tuple[int, int] | None = None

    @property
    def port(self) -> int:
        """The port that clients connect to; raises RuntimeError before the first start."""
        if self._claimed is None:
            raise RuntimeError("kafka has not been started")
        return self._claimed[0]

    @property
    def bootstrap(self) -> str:
        """The address for clients' `bootstrap_servers`."""
        return f"{LOOPBACK}:{self.port}"

    def healthy(self) -> bool:
        """Say whether the broker answers a metadata request."""
        if is_free(self.port):
            return False  # nobody listens yet: a client would only fill the log with failed attempts
        try:
            client = KafkaAdminClient(
                bootstrap_servers=self.bootstrap,
                request_timeout_ms=PATIENCE_MS,
                bootstrap_timeout_ms=PATIENCE_MS,
            )
        except (KafkaError, OSError, ValueError):
            return False
        try:
            client.list_topics()
        except (KafkaError, OSError):
            return False
        finally:
            client.close()
        return True

    def _prepare(self) -> Process:
        java = find_java(self._settings)
        libraries = jars.class_path(self._places.jars_lock, self._places.jars)
        if self._claimed is None:
            self._claimed = self._ports.claim("kafka", self._wanted), self._ports.claim("kafka-controller")
        properties = self._write_properties()
        jvm = [str(java.program), *JVM_OPTIONS, *self._cache_options(java)]
        if not (self.home / "data" / "meta.properties").exists():
            self._format([*jvm, "-cp", libraries], properties)
        return self._guarded(self.name, [*jvm, *self._jvm_options, "-cp", libraries, "kafka.Kafka", str(properties)])

    def _cache_options(self, java: Java) -> list[str]:
        cache = self._places.startup_cache
        if not java.has_aot_cache or not cache.exists():
            return []
        return [f"-XX:AOTCache={cache}", "-Xlog:aot=off", "-Xlog:cds=off"]

    def _write_properties(self) -> Path:
        port, controller_port = self._claimed or (0, 0)
        text = PROPERTIES.format(loopback=LOOPBACK, port=port, controller_port=controller_port, data=self.home / "data")
        text += "".join(f"{name}={value}\n" for name, value in self._properties.items())
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "server.properties"
        file.write_text(text)
        return file

    def _format(self, java: list[str], properties: Path) -> None:
        """Write the empty node's metadata."""
        arguments = ["format", "--cluster-id", cluster_id(), "--config", str(properties), "--ignore-formatted"]
        tool = self._guarded("kafka-format", [*java, "kafka.tools.StorageTool", *arguments])
        tool.start()
        tool.wait_or_kill(time.monotonic() + FORMAT_TIMEOUT_SECONDS)
        if tool.exit_status() != 0:
            raise StartError("Kafka's data folder could not be formatted.", self.log, tail(self.log))

    def _guarded(self, name: str, command: list[str]) -> Process:
        return Process(
            name,
            command,
            environment=self._settings.inherited,
            folder=self.home,
            log=self.log,
            stage=INFRASTRUCTURE,
            guardian=self._guardian,
        )


def cluster_id() -> str:
    """Return a random id that does not begin with a dash, which the format tool would take for an option."""
    while True:
        candidate = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not candidate.startswith("-"):
            return candidate
