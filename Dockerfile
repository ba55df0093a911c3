# All images of tggrid, for amd64 and arm64, with the classic builder or BuildKit:
#   docker build --target tggrid --tag tggrid .
#   docker build --target chrome --tag tggrid/chrome .      and chrome-headful, firefox, webkit
# The classic builder makes every stage above the wanted one, hence the order: what everybody needs comes first.
# A browser's image is labelled with its version by `node config/engine.js image`, or by --label tggrid.version=$(docker run --rm
# --entrypoint cat tggrid/chrome /opt/tggrid/browser-version): it is known only once the packages are there.
ARG BASE=node:20-bookworm-slim

# The first process of every browser's container.
FROM ${BASE} AS init
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY src/init /src
RUN gcc -std=c11 -O2 -Wall -Wextra -Werror -static -s -o /tggrid-init /src/*.c && /tggrid-init --help > /dev/null

# The project, compiled.
FROM ${BASE} AS build
WORKDIR /opt/tggrid
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error && rm -rf /root/.npm
COPY tsconfig.json LICENSE ./
COPY config/tsconfig.start.json config/
COPY src src
RUN node node_modules/typescript/bin/tsc -p config/tsconfig.start.json --incremental false --tsBuildInfoFile null --sourceMap false \
 && rm -rf node_modules/typescript node_modules/@types src config tsconfig.json

# Router and agent. As root: whoever holds the engine's socket is root of the machine already, whatever its uid here, and the group
# that owns the socket differs from machine to machine, so that another user could not be given it beforehand.
FROM ${BASE} AS tggrid
COPY --from=build /opt/tggrid /opt/tggrid
COPY config/seccomp.json /opt/tggrid/config/
# With the host's network (docker run --network host), since browsers' containers cannot be reached from another one.
ENV NODE_ENV=production
EXPOSE 4444 3000 3002
# Whether it answers, whatever its role and ports. Swarm replaces what is unhealthy, so that this is not whether it takes sessions (--ready).
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s CMD ["node", "/opt/tggrid/dist/src/health.js"]
LABEL org.opencontainers.image.title="tggrid" \
      org.opencontainers.image.description="An edge proxy for browsers: one address for WebDriver, CDP and Playwright" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["node", "/opt/tggrid/dist/src/main.js"]
CMD ["start"]

# What every browser's image has, but for its first process: that is copied last, so that a change of it builds no packages again.
# The home is empty and stays so: it is a tmpfs later, and whatever was in it would be a trace.
FROM ${BASE} AS browser
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fontconfig fonts-liberation fonts-noto-color-emoji nftables \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && (userdel --remove node 2> /dev/null || true) \
 && useradd --uid 1000 --user-group --no-create-home --home-dir /home/browser --shell /usr/sbin/nologin browser \
 && mkdir --mode 700 /home/browser /opt/tggrid && chown browser:browser /home/browser && chmod 755 /opt/tggrid
ENV HOME=/home/browser LANG=C.UTF-8
WORKDIR /home/browser
LABEL org.opencontainers.image.licenses="Apache-2.0"
USER browser
ENTRYPOINT ["/usr/local/bin/tggrid-init"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/usr/local/bin/tggrid-init", "--check", "4444"]

# Chromium with its driver, its headless shell, and Playwright's server. Its sandbox is the one of user namespaces, which needs
# config/seccomp.json and no file with special rights.
FROM browser AS chrome
ARG PLAYWRIGHT=1.65
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends chromium chromium-driver chromium-headless-shell \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && chromedriver --version | cut -d' ' -f2 > /opt/tggrid/browser-version
COPY --from=init /tggrid-init /usr/local/bin/
COPY --from=build /opt/tggrid/package.json /opt/tggrid/
COPY --from=build /opt/tggrid/node_modules/playwright-core /opt/tggrid/node_modules/playwright-core
COPY --from=build /opt/tggrid/node_modules/ws /opt/tggrid/node_modules/ws
COPY --from=build /opt/tggrid/dist/src/protocol /opt/tggrid/dist/src/protocol
COPY --from=build /opt/tggrid/dist/src/runtime /opt/tggrid/dist/src/runtime
COPY --from=build /opt/tggrid/dist/src/tuning.js /opt/tggrid/dist/src/tuning.js
COPY src/runtime/context/stand-in /opt/tggrid/src/runtime/context/
RUN case "$(node -p 'require("/opt/tggrid/node_modules/playwright-core/package.json").version')" in "$PLAYWRIGHT".*) ;; *) echo "PLAYWRIGHT is not the version of package-lock.json" >&2; exit 1;; esac
LABEL org.opencontainers.image.title="tggrid/chrome" tggrid.browser="chrome" tggrid.playwright="${PLAYWRIGHT}"
USER browser
EXPOSE 4444 9222
CMD ["--ready", "4444", "--forward", "9222", "--", "chromedriver", "--port=4444", "--allowed-ips=", "--log-level=SEVERE"]

# The same on a display of its own, which a VNC client can watch and use. The window manager needs some terminal to be installed.
FROM chrome AS chrome-headful
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends xvfb x11vnc jwm stterm xclip xsel \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY src/init/on-display /usr/local/bin/
COPY config/headful.jwmrc /etc/jwm/
LABEL org.opencontainers.image.title="tggrid/chrome-headful" tggrid.vnc="5900"
ENV DISPLAY=:99 SCREEN=1920x1080x24
USER browser
EXPOSE 5900
CMD ["--ready", "4444", "--forward", "9222", "--", "on-display", "Xvfb", "---", "on-display", "jwm", "-f", "/etc/jwm/headful.jwmrc", "---", \
     "on-display", "x11vnc", "-rfbport", "5900", "-forever", "-shared", "-nopw", "-quiet", "-noxdamage", "---", \
     "on-display", "chromedriver", "--port=4444", "--allowed-ips=", "--log-level=SEVERE"]

# WebKitGTK with its driver. It draws on a display only, so that one that nobody sees is there too.
FROM browser AS webkit
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends webkit2gtk-driver xvfb \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && dpkg-query --show --showformat='${Version}' webkit2gtk-driver | cut -d- -f1 > /opt/tggrid/browser-version
COPY --from=init /tggrid-init /usr/local/bin/
COPY src/init/on-display /usr/local/bin/
LABEL org.opencontainers.image.title="tggrid/webkit" tggrid.browser="webkit"
ENV DISPLAY=:99 SCREEN=1920x1080x24
USER browser
EXPOSE 4444
CMD ["--ready", "4444", "--", "on-display", "Xvfb", "---", "on-display", "WebKitWebDriver", "--host=all", "--port=4444"]

# Firefox's driver is no package of Debian: it is built from crates.io, with the compiler that Debian keeps recent for browsers.
FROM ${BASE} AS geckodriver
ARG GECKODRIVER=0.36.0
RUN apt-get update \
 && apt-get install --yes --no-install-recommends cargo-web gcc libc6-dev ca-certificates \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN cargo install geckodriver --version "$GECKODRIVER" --locked --jobs 2 --root /usr/local \
 && rm -rf /root/.cargo

FROM browser AS firefox
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends firefox-esr \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && dpkg-query --show --showformat='${Version}' firefox-esr | sed 's/esr.*//' > /opt/tggrid/browser-version
COPY --from=geckodriver /usr/local/bin/geckodriver /usr/local/bin/
COPY --from=init /tggrid-init /usr/local/bin/
LABEL org.opencontainers.image.title="tggrid/firefox" tggrid.browser="firefox"
USER browser
EXPOSE 4444 9222
CMD ["--ready", "4444", "--forward", "9222", "--", "geckodriver", "--host=0.0.0.0", "--port=4444", "--allow-hosts=localhost", "--websocket-port=0", "--log=error"]
