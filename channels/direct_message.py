"""Direct messages: WhatsApp, through Twilio. Words of their own only answer; what begins a conversation is a template."""

from dataclasses import replace
from datetime import datetime, timedelta

from channels.channel import ChannelSpec, Written
from channels.twilio import LONGEST_BODY, twilio_of
from channels.whatsapp_templates import Templates
from domain.vocabulary import Channel
from messages import render
from messages.approved import MOST_CHARACTERS, values_of
from messages.content import Content, UnwritableError
from messages.words import voice_of

ANSWERS_FOR = timedelta(hours=24)  # Meta's customer service window, from the last message of the person to the sender
# What is written as the window closes may still wait for its turn and be tried again: it must not arrive after it. Twilio
# does not say when a message was written, only we when it came.
CLOSES_EARLY = timedelta(minutes=15)


def conversation_open(wrote_at: datetime | None, now: datetime) -> bool:
    """Whether any words may go to who last wrote to us at a moment."""
    return wrote_at is not None and now - wrote_at < ANSWERS_FOR - CLOSES_EARLY


def spec_with(templates: Templates) -> ChannelSpec:
    """The channel with the templates that are approved."""
    return replace(SPEC, write=lambda content: _write(content, templates))


def _write(content: Content, templates: Templates) -> Written:
    if content.conversation_open:
        text = render.direct_message(content)
        if len(text) <= LONGEST_BODY:
            return Written({"text": text})
    render.refuse_notice(content, "direct message")
    template = templates.of(content.creditor_id, content.kind, content.tone, content.language)
    if template is None:
        voice = voice_of(content.kind, content.tone)
        raise UnwritableError(f"no WhatsApp template of {voice} is approved in {content.language}")
    values = values_of(content, template.approved.variables)
    text = template.approved.filled(values)
    if len(text) > MOST_CHARACTERS:
        raise UnwritableError(f"the WhatsApp message takes {len(text)} characters, {MOST_CHARACTERS} at most")
    variables = {str(number): value for number, value in enumerate(values, 1)}
    return Written({"text": text, "content_sid": template.sid, "content_variables": variables})


SPEC = ChannelSpec(
    Channel.DIRECT_MESSAGE,
    write=lambda content: _write(content, Templates()),
    sender=lambda means: twilio_of(means.settings, f"whatsapp:{means.settings.twilio_whatsapp_from}"),
    rate=lambda settings: settings.direct_message_per_second,
)
