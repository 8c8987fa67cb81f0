using Microsoft.Extensions.Logging;

namespace Chorale.Mqtt;

internal static partial class Log
{
    [LoggerMessage(1200, LogLevel.Information, "connected to the broker {Broker} (MQTT {Version})", EventName = "broker_connected")]
    public static partial void Connected(ILogger log, string broker, string version);

    [LoggerMessage(1201, LogLevel.Warning, "lost the broker {Broker}: {Reason}", EventName = "broker_lost")]
    public static partial void Lost(ILogger log, string broker, string reason);

    [LoggerMessage(1202, LogLevel.Warning, "no connection to the broker {Broker} ({Tries} tries): {Reason}", EventName = "broker_not_reached")]
    public static partial void NotReached(ILogger log, string broker, long tries, string reason);

    [LoggerMessage(1203, LogLevel.Error, "the broker {Broker} does not let us subscribe to {Filter}: {Reason}", EventName = "subscription_refused")]
    public static partial void SubscriptionRefused(ILogger log, string broker, string filter, string reason);

    [LoggerMessage(1204, LogLevel.Error, "handling a message on {Topic} ({Bytes} bytes) failed", EventName = "message_handler_failed")]
    public static partial void HandlerFailed(ILogger log, Exception e, string topic, int bytes);

    [LoggerMessage(1205, LogLevel.Warning, "{Count} messages came faster than they could be handled and were dropped, the last one on {Topic}", EventName = "messages_dropped")]
    public static partial void Dropped(ILogger log, long count, string topic);

    [LoggerMessage(1206, LogLevel.Warning, "a message kept by the broker on {Topic} was ignored: only live ones count there", EventName = "retained_ignored")]
    public static partial void RetainedIgnored(ILogger log, string topic);

    [LoggerMessage(1207, LogLevel.Warning, "a message of {Bytes} bytes on {Topic} was ignored: the limit is {Limit}", EventName = "message_oversized")]
    public static partial void Oversized(ILogger log, int bytes, string topic, int limit);

    [LoggerMessage(1208, LogLevel.Error, "what follows a connection to the broker or its loss failed", EventName = "broker_event_failed")]
    public static partial void LifeEventFailed(ILogger log, Exception e);

    [LoggerMessage(1209, LogLevel.Error, "the connection to the broker failed in an unexpected way", EventName = "broker_loop_failed")]
    public static partial void LoopFailed(ILogger log, Exception e);

    [LoggerMessage(1210, LogLevel.Information, "a broker of our own listens on {Address}", EventName = "broker_started")]
    public static partial void BrokerStarted(ILogger log, string address);

    [LoggerMessage(1211, LogLevel.Warning, "our own broker says: {Line}", EventName = "broker_complained")]
    public static partial void BrokerComplained(ILogger log, string line);

    [LoggerMessage(1212, LogLevel.Error, "our own broker has ended and is started again: {LastWords}", EventName = "broker_ended")]
    public static partial void BrokerEnded(ILogger log, string lastWords);
}
