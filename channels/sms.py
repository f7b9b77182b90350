"""SMS: few words in the GSM alphabet, through Twilio."""

from channels.channel import ChannelSpec, Written
from channels.twilio import twilio_of
from domain.vocabulary import Channel
from messages import render
from messages.content import Content


def _write(content: Content) -> Written:
    sms = render.sms(content)
    return Written({"text": sms.text}, billed=sms.segments)


SPEC = ChannelSpec(
    Channel.SMS,
    write=_write,
    sender=lambda means: twilio_of(means.settings, means.settings.twilio_sms_from),
    rate=lambda settings: settings.sms_per_second,
)
