# restamp as a container function of kpt and kustomize: docker build -t restamp:VERSION .
FROM rust:1.95 AS build
WORKDIR /src
COPY . .
RUN cp "$(.ci/static)" /restamp

FROM scratch
COPY --from=build /restamp /restamp
# Nobody in particular: it reads stdin and writes stdout.
USER 65532:65532
ENTRYPOINT ["/restamp"]
