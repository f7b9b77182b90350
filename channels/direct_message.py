"""Direct messages: WhatsApp, through Twilio."""

from channels.channel import ChannelSpec, Written
from channels.twilio import twilio_of
from domain.vocabulary import Channel
from messages import render

SPEC = ChannelSpec(
    Channel.DIRECT_MESSAGE,
    write=lambda content: Written({"text": render.direct_message(content)}),
    sender=lambda means: twilio_of(means.settings, f"whatsapp:{means.settings.twilio_whatsapp_from}"),
    rate=lambda settings: settings.direct_message_per_second,
)
