using System.Diagnostics.CodeAnalysis;

namespace Chorale.Mqtt;

/// <summary>
/// Messages between the loop thread and the dispatch thread, in order of arrival and bounded. A topic that has its share waiting keeps
/// its newest message in place of the one before it and counts the loss, so a flooding device costs the others neither room nor order.
/// </summary>
internal sealed class Inbox(Counts counts)
{
    private readonly object _gate = new();
    private readonly Queue<Entry> _entries = [];
    private readonly Dictionary<string, Topic> _topics = [];
    private long _bytes;
    private bool _isClosed;
    private long _droppedSince;
    private string _droppedTopic = "";

    /// <summary>Loop thread; never waits.</summary>
    public void Add(MqttMessage message)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            var hasTopic = _topics.TryGetValue(message.Topic, out var topic);
            var isFull = _entries.Count >= Limits.InboxMessages || _bytes + message.Payload.Length > Limits.InboxBytes;
            if (hasTopic && (isFull || topic!.Waiting >= Limits.InboxPerTopic))
            {
                _bytes += message.Payload.Length - topic!.Newest.Message.Payload.Length;
                topic.Newest.Message = message;
                CountDrop(message.Topic);
                return;
            }

            if (isFull)
            {
                CountDrop(message.Topic);
                return;
            }

            var entry = new Entry { Message = message };
            _entries.Enqueue(entry);
            _bytes += message.Payload.Length;
            if (!hasTopic) _topics.Add(message.Topic, new Topic { Waiting = 1, Newest = entry });
            else (topic!.Waiting, topic.Newest) = (topic.Waiting + 1, entry);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the next message; false once closed.</summary>
    public bool TryTake([NotNullWhen(true)] out MqttMessage? message)
    {
        lock (_gate)
        {
            while (_entries.Count == 0 && !_isClosed) Monitor.Wait(_gate);
            if (_isClosed)
            {
                message = null;
                return false;
            }

            message = _entries.Dequeue().Message;
            _bytes -= message.Payload.Length;
            var topic = _topics[message.Topic];
            if (--topic.Waiting == 0) _topics.Remove(message.Topic);
            return true;
        }
    }

    /// <summary>How many were dropped since the last question, and the topic of the last of them.</summary>
    public (long Count, string Topic) TakeDropped()
    {
        lock (_gate)
        {
            var dropped = (_droppedSince, _droppedTopic);
            _droppedSince = 0;
            return dropped;
        }
    }

    /// <summary>What waits is forgotten.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _entries.Clear();
            _topics.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    private void CountDrop(string topic)
    {
        Counts.Add(ref counts.Dropped);
        _droppedSince++;
        _droppedTopic = topic;
    }

    private sealed class Entry
    {
        public required MqttMessage Message { get; set; }
    }

    private sealed class Topic
    {
        public required int Waiting { get; set; }

        public required Entry Newest { get; set; }
    }
}
