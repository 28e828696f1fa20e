# restamp as a container function of kpt and kustomize: docker build -t restamp:VERSION .
FROM rust:1.95 AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN cp "$(.ci/static)" "/restamp-$TARGETARCH"

FROM scratch
ARG TARGETARCH
# A release gives the folder of its binaries as the stage `build`: nothing is compiled then.
COPY --from=build /restamp-$TARGETARCH /restamp
# Nobody in particular: it reads stdin and writes stdout.
USER 65532:65532
ENTRYPOINT ["/restamp"]
