# launch_bench on Debian 13: docker build -t launch_bench . && docker run --privileged launch_bench --benchmark_filter=Warm
# The local cloud runs guests in namespaces of their own, hence --privileged; --cloud=aws needs no privilege.
FROM debian:13 AS build
COPY . /launch_bench
WORKDIR /launch_bench
RUN scripts/make_package

FROM debian:13
COPY --from=build /launch_bench/build/package/*.deb /tmp/
RUN apt-get update \
  && apt-get install -y --no-install-recommends /tmp/*.deb \
  && rm -rf /var/lib/apt/lists/* /tmp/*.deb \
  && useradd --create-home launch_bench
USER launch_bench
WORKDIR /home/launch_bench
ENTRYPOINT ["launch_bench"]
