"""Where it runs: settings, logging, connections, embedded servers, policies and countries."""
