# One image for the worker, the web app, the migrations and the client in the terminal.
FROM python:3.12-slim
RUN useradd --create-home --uid 10001 purr \
    && install -d -m 0700 -o purr -g purr /var/lib/purr/print /var/lib/purr/hand-off \
       /var/lib/purr/bank-files /var/lib/purr/invoices /var/lib/purr/customer-relations /var/lib/purr/letters-in /var/lib/purr/house-status /var/lib/purr/direct-debit \
       /var/lib/purr/attachments \
    && install -d -o purr -g purr /var/lib/purr/rules/countries /var/lib/purr/rules/policies \
       /var/lib/purr/rules/whatsapp
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
COPY requirements.lock .
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
USER purr
CMD ["python", "worker.py"]
