"""A local cloud in its own process, and the contents of its account as the AWS SDK sees them."""
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

try:
    import awscli.botocore.session as sdk  # Debian's awscli contains it
except ImportError:
    import botocore.session as sdk

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def programs():
    """Returns the directory with launch_bench and localcloud."""
    for build in ("release", "dev"):
        directory = ROOT / "build" / build / "bin"
        if (directory / "launch_bench").exists():
            return directory
    sys.exit("random_kills: nothing is built; run ./launch_bench --help once")


def environment_without_credentials():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return dict(environment, AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")


class Account:
    """Runs `localcloud serve`, with its files below `directory`. It ends when this process ends, or earlier."""

    def __init__(self, scale, seed, directory, like=None):
        """`like`: an account whose process has ended; the new one uses its addresses."""
        ports = [f"--port={like.url.rsplit(':', 1)[1]}", f"--ssh_port={like.ssh_port}"] if like else []
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [programs() / "localcloud", "serve", "--exit_with_parent", f"--time_scale={scale}", "--rtt=0", f"--seed={seed}",
             *ports],
            stdout=subprocess.PIPE, text=True, env=dict(environment_without_credentials(), TMPDIR=str(directory)))
        greeting = json.loads(self.process.stdout.readline())
        self.url, self.ssh_port = greeting["endpoint_url"], greeting["ssh_port"]
        self.keys = {"AWS_ACCESS_KEY_ID": greeting["access_key_id"],
                     "AWS_SECRET_ACCESS_KEY": greeting["secret_access_key"]}
        self.region = greeting["region"]
        self.environment = dict(environment_without_credentials(), AWS_REGION=self.region, **self.keys)
        arguments = {"region_name": self.region, "endpoint_url": self.url,
                     "aws_access_key_id": greeting["access_key_id"],
                     "aws_secret_access_key": greeting["secret_access_key"]}
        self.ec2 = sdk.get_session().create_client("ec2", **arguments)
        self.s3 = sdk.get_session().create_client("s3", **arguments)
        self.account = sdk.get_session().create_client("sts", **arguments).get_caller_identity()["Account"]

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def held(self):
        """Returns the ids of everything in the account, except images that are kept between runs on purpose."""
        ec2 = self.ec2

        def kept(tags):
            keys = {tag["Key"] for tag in tags}
            return "launch-bench:image" in keys and "launch-bench:run" not in keys

        living = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped", "shutting-down"]}
        ids = [i["InstanceId"] for r in ec2.describe_instances(Filters=[living])["Reservations"] for i in r["Instances"]]
        ids += [i["ImageId"] for i in ec2.describe_images(Owners=["self"])["Images"] if not kept(i.get("Tags", []))]
        ids += [s["SnapshotId"] for s in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
                if not kept(s.get("Tags", []))]
        ids += [k["KeyName"] for k in ec2.describe_key_pairs()["KeyPairs"]]
        ids += [g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"] if g["GroupName"] != "default"]
        ids += [n["NetworkInterfaceId"] for n in ec2.describe_network_interfaces()["NetworkInterfaces"]]
        ids += [a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]]
        default = [v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"] if v["IsDefault"]]
        ids += [v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"] if not v["IsDefault"]]
        ids += [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"] if s["VpcId"] not in default]
        ids += [g["InternetGatewayId"] for g in ec2.describe_internet_gateways()["InternetGateways"]
                if not any(a["VpcId"] in default for a in g["Attachments"])]
        ids += [b["Name"] for b in self.s3.list_buckets()["Buckets"]]
        # Debian's SDK uses an SQS protocol that the local cloud does not support, so the cloud itself is asked for queues.
        with urllib.request.urlopen(self.url + "/_localcloud/account", timeout=10) as answer:
            regions = json.load(answer)["regions"]
        ids += [name for names in regions.values() for name in names if not name.startswith(("ami-", "snap-")) and name not in ids]
        return ids
